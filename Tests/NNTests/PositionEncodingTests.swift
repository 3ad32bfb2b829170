import Foundation
import NN
import Testing

@Suite("Position encoding")
struct PositionEncodingTests {
  /// What the layer adds to inputs of 0, and to others.
  private func encoding(_ text: String, places: Int, features: Int) throws -> [Float] {
    let trial = try Trial(
      [try layer(text)], inputShape: [places, features], batchSize: 2,
      loss: Loss(.meanSquaredError))
    let count = places * features
    trial.executor.features.update(repeating: 0)
    for place in 0..<count { trial.executor.features[count + place] = Float(place) / 8 }
    trial.executor.forward()
    let outputs = Array(trial.executor.outputs)
    for place in 0..<count {
      // Sums of numbers below 8: one rounding of 2^-22 at most.
      #expect(abs(outputs[count + place] - Float(place) / 8 - outputs[place]) < 5e-7)
    }
    return Array(outputs[..<count])
  }

  // Vaswani and others (2017), section 3.5: PE(pos, 2i) = sin(pos / 10000^(2i / d)) and
  // PE(pos, 2i + 1) = cos(pos / 10000^(2i / d)); d = 4 has the angles pos and pos / 100.
  @Test("Even features have sines, odd ones cosines: numbers worked out by hand")
  func numbers() throws {
    let expected: [Float] = [
      0, 1, 0, 1,
      0.841470985, 0.540302306, 0.00999983333, 0.999950000,
      0.909297427, -0.416146837, 0.0199986667, 0.999800007,
    ]
    let own = try encoding("position_encoding", places: 3, features: 4)
    // Numbers of at most 1, rounded to floats.
    for (a, b) in zip(own, expected) { #expect(abs(a - b) < 1e-7) }
  }

  @Test(
    "The formula holds for other wave lengths, and for an odd number of features",
    arguments: [
      ("position_encoding", 10_000, 7, 6), ("position_encoding: {max_wavelength: 50}", 50, 9, 5),
    ]
      as [(String, Double, Int, Int)])
  func formula(_ text: String, _ waveLength: Double, _ places: Int, _ features: Int) throws {
    let own = try encoding(text, places: places, features: features)
    for i in 0..<(features + 1) / 2 {
      // Each pair is a point on a circle, turned by the same angle from place to place.
      let angle = exp(-2 * Double(i) / Double(features) * log(waveLength))
      var (sine, cosine) = (0.0, 1.0)
      for place in 0..<places {
        let index = place * features + 2 * i
        #expect(abs(Double(own[index]) - sine) < 1e-7)
        if 2 * i + 1 < features { #expect(abs(Double(own[index + 1]) - cosine) < 1e-7) }
        (sine, cosine) = (
          sine * cos(angle) + cosine * sin(angle), cosine * cos(angle) - sine * sin(angle)
        )
      }
    }
  }
}
