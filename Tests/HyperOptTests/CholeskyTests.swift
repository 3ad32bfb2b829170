import HyperOpt
import NN
import Testing

/// Triangular systems and factors against their definitions.
///
/// Sizes lie around the widths of the kernels' blocks: 4 columns, 8 lanes, 48 columns of a factor.
@Suite struct CholeskyTests {
  static let sizes = [1, 2, 3, 4, 5, 7, 8, 9, 31, 47, 48, 49, 96, 101, 150]

  // A symmetric positive definite matrix with eigenvalues between 1 and about 3.
  private static func matrix(_ n: Int, _ generator: inout RandomGenerator) -> [Double] {
    var a = [Double](repeating: 0, count: n * n)
    for j in 0..<n {
      for i in j..<n {
        a[j * n + i] = (generator.uniform() - 0.5) / Double(n).squareRoot()
        a[i * n + j] = a[j * n + i]
      }
      a[j * n + j] = 2
    }
    return a
  }

  // A x for the whole matrix, by columns.
  private static func product(_ a: [Double], _ x: ArraySlice<Double>, _ n: Int) -> [Double] {
    (0..<n).map { i in (0..<n).reduce(0) { $0 + a[$1 * n + i] * x[x.startIndex + $1] } }
  }

  // Sums of a few hundred products of numbers around 1 err by about 1e-14.
  private static let tolerance = 1e-12

  @Test("a factor times its transpose is the matrix", arguments: sizes)
  func factor(n: Int) throws {
    var generator = RandomGenerator(seed: UInt64(n))
    let a = Self.matrix(n, &generator)
    let l = try #require(CholeskyFactor(of: a, size: n)).values
    for i in 0..<n {
      for j in 0...i {
        let sum = (0...j).reduce(0) { $0 + l[$1 * n + i] * l[$1 * n + j] }
        #expect(abs(sum - a[j * n + i]) < Self.tolerance)
      }
    }
  }

  @Test("both solves together undo the matrix, for any number of columns", arguments: sizes)
  func solve(n: Int) throws {
    var generator = RandomGenerator(seed: UInt64(n + 1000))
    let a = Self.matrix(n, &generator)
    let factor = try #require(CholeskyFactor(of: a, size: n))
    for columns in [1, 2, 3, 7, 8, 9, 10, 11, 17] {
      let right = (0..<n * columns).map { _ in generator.uniform() - 0.5 }
      var x = right
      factor.solve(&x, columns: columns)
      factor.solveTransposed(&x, columns: columns)
      for c in 0..<columns {
        let again = Self.product(a, x[c * n..<(c + 1) * n], n)
        for i in 0..<n { #expect(abs(again[i] - right[c * n + i]) < Self.tolerance) }
      }
    }
  }

  @Test("the inverse times the matrix is the identity", arguments: sizes)
  func inverse(n: Int) throws {
    var generator = RandomGenerator(seed: UInt64(n + 2000))
    let a = Self.matrix(n, &generator)
    var inverse = try #require(CholeskyFactor(of: a, size: n)).inverse()
    for j in 0..<n {
      for i in 0..<j { inverse[j * n + i] = inverse[i * n + j] }
    }
    for j in 0..<n {
      let column = Self.product(a, inverse[j * n..<(j + 1) * n], n)
      for i in 0..<n { #expect(abs(column[i] - (i == j ? 1 : 0)) < Self.tolerance) }
    }
  }

  @Test(
    "a factor that goes on is the factor of the larger matrix",
    arguments: [(1, 1), (40, 13), (60, 1)])
  func appending(n: Int, more: Int) throws {
    var generator = RandomGenerator(seed: 5)
    let total = n + more
    let a = Self.matrix(total, &generator)
    func part(_ rows: Range<Int>, _ columns: Range<Int>) -> [Double] {
      columns.flatMap { column in rows.map { a[column * total + $0] } }
    }
    let first = try #require(CholeskyFactor(of: part(0..<n, 0..<n), size: n))
    let joined = try #require(
      first.appending(
        cross: part(0..<n, n..<total), corner: part(n..<total, n..<total), count: more))
    let whole = try #require(CholeskyFactor(of: a, size: total))
    for j in 0..<total {
      for i in j..<total {
        #expect(abs(joined.values[j * total + i] - whole.values[j * total + i]) < Self.tolerance)
      }
    }
  }

  @Test("a matrix that is not positive definite has no factor", arguments: [1, 48, 100])
  func indefinite(n: Int) {
    var a = [Double](repeating: 0, count: n * n)
    for i in 0..<n { a[i * n + i] = i == n - 1 ? -1 : 1 }
    #expect(CholeskyFactor(of: a, size: n) == nil)
  }
}
