import Configuration
import Distributed
import NN
import Testing

/// What messages leave out comes with later ones.
@Suite("Error feedback")
struct CompressionFeedbackTests {
  @Test(
    "what has arrived and the residual add up to what was given",
    arguments: CompressedNumbers.names, [1, 37, 1000])
  func sums(_ name: String, count: Int) throws {
    let numbers = try CompressedNumbers(name)
    var residual = [Float](repeating: 0, count: count)
    var given = [Double](repeating: 0, count: count)
    var arrived = given
    for step in 0..<200 {
      let values = CompressedNumbers.values(count, seed: UInt64(step))
      let message = numbers.message(values, residual: &residual)
      let decoded = try numbers.decoded(message, count: count)
      for place in 0..<count {
        given[place] += Double(values[place])
        arrived[place] += Double(decoded[place])
      }
    }
    for place in 0..<count {
      // Each step adds a value to the residual, which is rounded; both are below 1000.
      #expect(abs(arrived[place] + Double(residual[place]) - given[place]) < 200 * 1000 * 0x1p-24)
    }
  }

  /// Gradient descent on a bowl by messages; the largest distance that is left of 1 at the start.
  ///
  /// The first number's gradient has noise that is as often up as down, and is larger than all else: without
  /// feedback it is all that a message has room for.
  private func distance(_ name: String, noise: Float, hasFeedback: Bool) throws -> Float {
    let numbers = try CompressedNumbers(name)
    let count = 100
    let rate: Float = 0.002
    var weights = [Float](repeating: 1, count: count)
    var residual = [Float](repeating: 0, count: count)
    for step in 0..<6000 {
      var change = weights.enumerated().map { -rate * (0.5 + Float($0 % 5) / 8) * $1 }
      change[0] += step % 2 == 0 ? rate * noise : -rate * noise
      let message =
        hasFeedback ? numbers.message(change, residual: &residual) : numbers.message(change)
      weights = try numbers.decoded(message, count: count, addedTo: weights)
    }
    return weights.dropFirst().map { abs($0) }.max() ?? 0
  }

  @Test(
    "gradient descent by messages reaches the optimum",
    arguments: [
      ("none", 2), ("bf16", 2), ("int8", 2), ("int8", 300), ("topk", 2),
      ("{topk: {fraction: 0.1}}", 2),
    ] as [(String, Float)])
  func convergence(_ name: String, noise: Float) throws {
    // One unit of a message is at most noise * rate, and a number waits until it has grown to about that.
    let limit: Float = name == "int8" && noise == 300 ? 300 * 0.002 / 127 : 0.02
    #expect(try distance(name, noise: noise, hasFeedback: true) < limit)
  }

  @Test("without the residual it does not")
  func withoutFeedback() throws {
    #expect(try distance("topk", noise: 2, hasFeedback: false) == 1)
    // Gradients below half a unit, 300/254, round to zero.
    #expect(try distance("int8", noise: 300, hasFeedback: false) == 1)
  }

  @Test(
    "a receiver of changes has the numbers that the sender knows of, and catches up",
    arguments: CompressedNumbers.names)
  func changes(_ name: String) throws {
    let numbers = try CompressedNumbers(name)
    let compression = numbers.compression
    let count = 1000
    var weights = CompressedNumbers.values(count)
    var known = [Float](repeating: 0, count: count)
    var received = known
    var scratch = known
    var bytes = [UInt8](repeating: 0, count: compression.byteLimit(count: count))
    for step in 0..<220 {
      // For a while the weights move; then they stay.
      if step < 100 {
        let change = CompressedNumbers.values(count, seed: UInt64(step))
        for place in 0..<count { weights[place] += 0.01 * change[place] }
      }
      let length = bytes.withUnsafeMutableBytes {
        compression.encodeChange(
          to: weights, from: &known, scratch: &scratch, count: count, into: $0)
      }
      received = try numbers.decoded(Array(bytes[..<length]), count: count, addedTo: received)
      #expect(received == known)
    }
    // A hundred messages of a hundredth are enough for all. Numbers of 100 are rounded by 4e-6.
    #expect(zip(weights, received).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
