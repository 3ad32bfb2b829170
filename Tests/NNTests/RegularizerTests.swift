import Configuration
import NN
import Testing

@Suite("Regularizers")
struct RegularizerTests {
  private func apply(_ regularizer: Regularizer, _ weights: [Float]) -> (Double, [Float]) {
    var gradient = [Float](repeating: 1, count: weights.count)
    let penalty = weights.withUnsafeBufferPointer { weights in
      gradient.withUnsafeMutableBufferPointer { gradient in
        weights.baseAddress.map {
          regularizer.apply(to: $0, gradient: gradient.baseAddress, count: weights.count)
        } ?? .nan
      }
    }
    return (penalty, gradient.map { $0 - 1 })
  }

  @Test("Penalty and gradient are Keras'", arguments: LossNumbers.regularizers)
  func numbers(_ expected: LossNumbers.RegularizerCase) throws {
    let regularizer = try Regularizer(try yaml(expected.text), at: [])
    let (penalty, gradient) = apply(regularizer, LossNumbers.weights)
    #expect(abs(penalty - expected.penalty) < 1e-6)
    // The gradient was added to 1, which rounds it to 6e-8.
    for (value, number) in zip(gradient, expected.gradient) {
      #expect(abs(Double(value) - number) < 2e-7)
    }
    let again = try Regularizer(regularizer.value, at: [])
    let keras = try Regularizer(keras: regularizer.kerasConfig, at: [])
    #expect(again == regularizer && keras == regularizer)
  }

  @Test("The gradient equals central differences over more weights than a block")
  func differences() {
    let regularizer = Regularizer(l1: 0.02, l2: 0.03)
    var weights = (0..<9001).map { Float($0 % 17) * 0.1 - 0.75 }
    let (_, gradient) = apply(regularizer, weights)
    for i in [0, 4095, 4096, 9000] {
      let kept = weights[i]
      weights[i] = kept + 0.01
      let above = apply(regularizer, weights).0
      weights[i] = kept - 0.01
      let below = apply(regularizer, weights).0
      weights[i] = kept
      // Blocks are added up in single precision: 1e-7 of about 30, over the difference of 0.02.
      #expect(abs((above - below) / 0.02 - Double(gradient[i])) < 5e-3)
    }
    #expect(apply(regularizer, [0, 1]).1[0] == 0)
    #expect(apply(regularizer, [.nan, 1]).0.isNaN)
    #expect(apply(regularizer, [.nan, 1]).1[0].isNaN)
  }

  @Test("Keras' names and objects are read, what is unknown is an error")
  func words() throws {
    let named = try Regularizer(keras: "l2", at: [])
    #expect(named == Regularizer(l2: 0.01))
    let object = try Value(json: #"{"class_name": "L1L2", "config": {"l1": 0.5}}"#)
    let both = try Regularizer(keras: object, at: [])
    #expect(both == Regularizer(l1: 0.5))
    for text in ["l3", "l2: {l1: 1}", "l2: -1", "l1_l2: {l1: nan}", "[l2]"] {
      #expect(throws: ConfigurationError.self, "\(text)") {
        _ = try Regularizer(try yaml(text), at: [])
      }
    }
    let orthogonal = #expect(throws: ConfigurationError.self) {
      _ = try Regularizer(
        keras: try Value(json: #"{"class_name": "OrthogonalRegularizer", "config": {}}"#), at: [])
    }
    #expect(orthogonal?.description.contains("unknown regularizer") == true)
  }
}
