import Foundation
import HyperOpt
import TestSupport
import Testing

/// Sobol's and Halton's sequences.
@Suite struct SequenceTests {
  private struct Reference: Decodable {
    let indices: [Int]
    let points: [[Double]]
  }

  @Test("plain Sobol points are SciPy's, in all 256 dimensions and at any index")
  func plainSobol() throws {
    let reference = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: fixture("sobol.json")))
    let sequence = SobolSequence(unscrambledDimensions: 256)
    for (index, point) in zip(reference.indices, reference.points) {
      #expect(sequence[index] == point, "point \(index)")
    }
  }

  @Test("plain Halton points are the mirrored digits of the index")
  func plainHalton() {
    let sequence = HaltonSequence(dimensions: 3, seed: nil)
    #expect(sequence[0] == [0, 0, 0])
    let expected = [11.0 / 16, 1.0 / 3 + 1.0 / 9 + 1.0 / 27, 3.0 / 5 + 2.0 / 25]
    for (place, right) in zip(sequence[13], expected) { #expect(abs(place - right) < 1e-15) }
  }

  @Test("scrambled Sobol keeps one point in every elementary box", arguments: [1, 7, 1 << 40])
  func elementaryBoxes(seed: UInt64) {
    let sequence = SobolSequence(dimensions: 300, seed: seed)
    let points = (0..<64).map { sequence[$0] }
    for dimension in 0..<300 {
      #expect(Set(points.map { Int($0[dimension] * 64) }).count == 64, "dimension \(dimension)")
    }
    // The first two coordinates make a (0, 6, 2)-net: every shape of box has its one point.
    for bits in 0...6 {
      let boxes = points.map { [Int($0[0] * Double(1 << bits)), Int($0[1] * Double(64 >> bits))] }
      #expect(Set(boxes).count == 64, "\(bits) bits")
    }
  }

  @Test("scrambled Halton keeps one point in every part of each base")
  func halton() {
    let sequence = HaltonSequence(dimensions: 10, seed: 3)
    for (dimension, base) in [2, 3, 5, 7, 11, 13, 17, 19, 23, 29].enumerated() {
      let places = (0..<base * base).map { Int(sequence[$0][dimension] * Double(base * base)) }
      #expect(Set(places).count == base * base, "base \(base)")
    }
  }

  @Test("another seed gives other points, uniform over many seeds, in [0, 1)")
  func seeds() {
    var sums = [Double](repeating: 0, count: 4)
    for seed in 0..<4000 as Range<UInt64> {
      let sobol = SobolSequence(dimensions: 2, seed: seed)[0]
      let halton = HaltonSequence(dimensions: 2, seed: seed)[0]
      for (i, place) in (sobol + halton).enumerated() {
        #expect(0 <= place && place < 1)
        sums[i] += place
      }
    }
    // The mean of 4000 uniform numbers has a standard deviation of 0.0046.
    for sum in sums { #expect(abs(sum / 4000 - 0.5) < 0.02) }
  }

  @Test("scrambled sequences integrate a product of linear factors far better than random points")
  func integration() {
    func error(_ point: (Int) -> [Double]) -> Double {
      let sum = (0..<1024).map { point($0).reduce(1) { $0 * (0.5 + $1) } }.reduce(0, +)
      return abs(sum / 1024 - 1)
    }
    // Random points: a standard deviation of about 0.025.
    let sobol = SobolSequence(dimensions: 6, seed: 5)
    let halton = HaltonSequence(dimensions: 6, seed: 5)
    #expect(error { sobol[$0] } < 0.003)
    #expect(error { halton[$0] } < 0.006)
  }
}
