import Foundation
import NN
import Testing

@Suite("Counts of classes")
struct ClassCountsTests {
  private func counts(
    _ loss: Loss, shape: [Int], outputs: [Float], targets: [Float]
  ) throws -> ClassCounts {
    var counts = try #require(ClassCounts(loss, outputShape: shape))
    let rowCount = outputs.count / shape.reduce(1, *)
    outputs.withUnsafeBufferPointer { outputs in
      targets.withUnsafeBufferPointer {
        counts.add(outputs: outputs, targets: $0, rowCount: rowCount)
      }
    }
    return counts
  }

  @Test("each step of a time axis is a row")
  func steps() throws {
    let counts = try counts(
      Loss(.sparseCategoricalCrossentropy), shape: [3, 2],
      outputs: [0.9, 0.1, 0.4, 0.6, 0.2, 0.8, 0.5, 0.5, 0.7, 0.3, 0.1, 0.9],
      targets: [0, 0, 1, 1, 0, 1])
    #expect(counts.kind == .classes(2))
    #expect(counts.confusion?.counts == [2, 1, 1, 2])
    let entropies = counts.crossEntropies
    let expected = [
      -(log(0.9) + log(0.4) + log(0.7)) / 3, -(log(0.8) + log(0.5) + log(0.9)) / 3,
    ]
    // Probabilities are floats.
    #expect(zip(entropies, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(entropies)")
  }

  @Test("labels are counted one by one, from probabilities and from logits")
  func labels() throws {
    let probabilities: [Float] = [0.9, 0.2, 0.4, 0.7, 0.6, 0.1]
    let targets: [Float] = [1, 0, 1, 0, 0, 0]
    let logits = probabilities.map { log($0 / (1 - $0)) }
    for (outputs, fromLogits) in [(probabilities, false), (logits, true)] {
      let counts = try counts(
        Loss(.binaryCrossentropy, fromLogits: fromLogits), shape: [2], outputs: outputs,
        targets: targets)
      #expect(counts.kind == .labels(2) && counts.confusion == nil)
      // No before yes: of the first label 0.9 and 0.6, of which one is true, and 0.4, which is.
      #expect(counts.labels.map(\.counts) == [[0, 1, 1, 1], [2, 1, 0, 0]])
      let expected = [
        -(log(0.9) + log(0.4) + log(0.4)) / 3, -(log(0.8) + log(0.3) + log(0.9)) / 3,
      ]
      // Probabilities are floats, as logits are.
      #expect(zip(counts.crossEntropies, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test("a yes or no has two classes, and a regression none")
  func others() throws {
    let counts = try counts(
      Loss(.binaryCrossentropy), shape: [1], outputs: [0.9, 0.4, 0.6, 0], targets: [1, 1, 0, 0])
    #expect(counts.confusion?.counts == [1, 1, 1, 1])
    let least = -log(1 - 0.6) / 2
    #expect(abs(counts.crossEntropies[0] - least) < 1e-6)
    #expect(ClassCounts(Loss(.meanSquaredError), outputShape: [3]) == nil)
    // A probability of 0 counts as 1e-7.
    let wrong = try self.counts(
      Loss(.binaryCrossentropy), shape: [1], outputs: [0], targets: [1])
    #expect(abs((wrong.crossEntropies.last ?? 0) + log(1e-7)) < 1e-9)
    #expect(wrong.crossEntropies[0].isNaN)
  }
}
