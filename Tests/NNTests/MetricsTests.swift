import Configuration
import NN
import Testing

@Suite("Metrics")
struct MetricsTests {
  private func results(
    _ metrics: [Value], _ loss: Loss.Function, shape: [Int], outputs: [Float], targets: [Float],
    rows: Int
  ) throws -> [String: Double] {
    var set = try MetricSet(metrics, loss: Loss(loss), outputShape: shape)
    outputs.withUnsafeBufferPointer { outputs in
      targets.withUnsafeBufferPointer { targets in
        set.add(outputs: outputs, targets: targets, rowCount: rows, lossSum: 1.5 * Double(rows))
      }
    }
    return Dictionary(uniqueKeysWithValues: set.results().map { ($0.name, $0.value) })
  }

  private let probabilities: [Float] = [
    0.1, 0.2, 0.3, 0.4, 0.7, 0.1, 0.1, 0.1, 0.25, 0.25, 0.25, 0.25,
  ]

  @Test("Accuracy and top-k of class numbers")
  func sparse() throws {
    let found = try results(
      ["accuracy", ["top_k_accuracy": ["k": 2] as Value]], .sparseCategoricalCrossentropy,
      shape: [4], outputs: probabilities, targets: [2, 0, 1], rows: 3)
    #expect(found["accuracy"] == 1.0 / 3)
    // Among equals the first wins: class 1 of the last row is second.
    #expect(found["top_k_accuracy"] == 1)
    #expect(found["loss"] == 1.5)
  }

  @Test("Accuracy of distributions")
  func categorical() throws {
    let found = try results(
      ["accuracy"], .categoricalCrossentropy, shape: [4], outputs: probabilities,
      targets: [0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0], rows: 3)
    #expect(found["accuracy"] == 2.0 / 3)
  }

  @Test("Accuracy of yes or no, squared and absolute errors")
  func binary() throws {
    let found = try results(
      ["accuracy", "mse", "mean_absolute_error"], .binaryCrossentropy, shape: [2],
      outputs: [0.75, 0.25, 0.5, 1], targets: [1, 0, 1, 0], rows: 2)
    #expect(found["accuracy"] == 0.5)
    #expect(found["mean_squared_error"] == (0.0625 + 0.0625 + 0.25 + 1) / 4)
    #expect(found["mean_absolute_error"] == (0.25 + 0.25 + 0.5 + 1) / 4)
  }

  @Test("An output that is no number is never right")
  func divergence() throws {
    for loss in [Loss.Function.sparseCategoricalCrossentropy, .binaryCrossentropy] {
      let found = try results(
        ["accuracy"], loss, shape: [1], outputs: [.nan], targets: [0], rows: 1)
      #expect(found["accuracy"] == 0)
    }
  }

  @Test("Parts merge to the whole, and a reset forgets")
  func merging() throws {
    let loss = Loss(.sparseCategoricalCrossentropy)
    let targets: [Float] = [3, 0, 1]
    var whole = try MetricSet(["accuracy"], loss: loss, outputShape: [4])
    var parts = [whole, whole]
    probabilities.withUnsafeBufferPointer { outputs in
      targets.withUnsafeBufferPointer { targets in
        whole.add(outputs: outputs, targets: targets, rowCount: 3, lossSum: 6)
        parts[0].add(outputs: outputs, targets: targets, rowCount: 1, lossSum: 1)
        parts[1].add(
          outputs: UnsafeBufferPointer(rebasing: outputs[4...]),
          targets: UnsafeBufferPointer(rebasing: targets[1...]), rowCount: 2, lossSum: 5)
      }
    }
    #expect(whole.names == ["loss", "accuracy"])
    parts[0].merge(parts[1])
    #expect(parts[0].sums == whole.sums)
    #expect(whole.sums == [3, 6, 2, 3])
    whole.reset()
    #expect(whole.sums == [0, 0, 0, 0])
    #expect(whole.results()[0].value.isNaN)
  }

  @Test("A confusion matrix counts, merges by addition, and skips what is no class")
  func confusion() {
    var matrix = ConfusionMatrix(classCount: 4)
    let targets: [Float] = [2, 0, 7]
    probabilities.withUnsafeBufferPointer { outputs in
      targets.withUnsafeBufferPointer { targets in
        matrix.add(outputs: outputs, targets: targets, rowCount: 3, isSparse: true)
      }
    }
    #expect(matrix[2, 3] == 1)
    #expect(matrix[0, 0] == 1)
    #expect(matrix.counts.reduce(0, +) == 2)
    #expect(matrix.accuracy == 0.5)
  }
}
