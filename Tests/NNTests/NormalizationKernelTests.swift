import CKernels
import NN
import Testing

/// The sums that batch normalization needs, over as many rows as images have places.
@Suite("Sums over columns")
struct NormalizationKernelTests {
  // Single sums of that many numbers would be off by 1e-3; the tolerance is 20 roundings of a float.
  private static let tolerance = 20 * 6e-8

  @Test("are right to the last digits over half a million rows", arguments: [1, 3, 64, 70])
  func columns(_ columns: Int) {
    let rows = 1_500_000 / max(3, columns)
    var generator = RandomGenerator(seed: 1)
    let x = (0..<rows * columns).map { _ in Float(generator.uniform(0.2, 0.4)) }
    let dy = (0..<rows * columns).map { _ in Float(generator.uniform(0, 1)) }
    var mean = [Float](repeating: .nan, count: columns)
    var variance = mean
    ck_column_moments(rows, columns, x, &mean, &variance)
    var sum = mean
    var product = mean
    let inverse = [Float](repeating: 2, count: columns)
    ck_column_gradient_sums(rows, columns, x, dy, mean, inverse, &sum, &product)
    for c in 0..<columns {
      var exact = (x: 0.0, square: 0.0, dy: 0.0, product: 0.0, size: 0.0)
      for r in 0..<rows { exact.x += Double(x[r * columns + c]) }
      exact.x /= Double(rows)
      for r in 0..<rows {
        let d = Double(x[r * columns + c]) - exact.x
        let gradient = Double(dy[r * columns + c])
        exact.square += d * d / Double(rows)
        exact.dy += gradient
        exact.product += 2 * gradient * (Double(x[r * columns + c]) - Double(mean[c]))
        exact.size += 2 * gradient * abs(d)
      }
      #expect(abs(Double(mean[c]) - exact.x) < Self.tolerance * exact.x)
      #expect(abs(Double(variance[c]) - exact.square) < Self.tolerance * exact.square)
      #expect(abs(Double(sum[c]) - exact.dy) < Self.tolerance * exact.dy)
      #expect(abs(Double(product[c]) - exact.product) < Self.tolerance * exact.size)
    }
  }
}
