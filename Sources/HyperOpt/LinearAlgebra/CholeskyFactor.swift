private import CKernels
private import CLAPACK

/// A lower triangular L with L L^T = A, of a symmetric positive definite A (one thread).
///
/// LAPACK factorizes diagonal blocks; solves and products, which take nearly all of the time, are
/// kernels of ours (`ck_triangular.h`): the BLAS that a machine has may be the reference one.
///
/// | name | meaning | shape |
/// | --- | --- | --- |
/// | n | size | |
/// | values | L by columns; the part above the diagonal is not used | n x n |
package struct CholeskyFactor: Sendable {
  /// Rows and columns.
  package let size: Int
  /// By columns, `size` apart.
  package private(set) var values: [Double]

  private static let oneThread: Void = clapack_use_one_thread()

  /// Factorizes `matrix`, given by columns, of which only the lower triangle is read.
  ///
  /// Nil when it is not positive definite.
  package init?(of matrix: consuming [Double], size: Int) {
    precondition(matrix.count == size * size, "\(matrix.count) numbers for \(size) x \(size)")
    Self.oneThread
    guard Self.factorize(&matrix, size) else { return nil }
    self.size = size
    values = matrix
  }

  /// The factor of a matrix that goes on behind this one's: [[A, B^T], [B, C]].
  ///
  /// `cross` is B^T by columns (size x count), `corner` is C by columns. Nil when the result is not
  /// positive definite. L21^T = L^-1 B^T, L22 L22^T = C - L21 L21^T (Golub and Van Loan, 4.2.9).
  package func appending(cross: [Double], corner: [Double], count: Int) -> CholeskyFactor? {
    var upper = cross
    solve(&upper, columns: count)
    var rest = corner
    var scratch = [Double](repeating: 0, count: (count + 7) / 8 * 8 * size)
    ck_add_square(count, size, upper, size, 1, 0, 1, -1, &rest, count, &scratch)
    guard let corner = CholeskyFactor(of: rest, size: count) else { return nil }
    let total = size + count
    var joined = [Double](repeating: 0, count: total * total)
    for column in 0..<size {
      for row in column..<size { joined[column * total + row] = values[column * size + row] }
      for row in 0..<count { joined[column * total + size + row] = upper[row * size + column] }
    }
    for column in 0..<count {
      for row in column..<count {
        joined[(size + column) * total + size + row] = corner.values[column * count + row]
      }
    }
    return CholeskyFactor(values: joined, size: total)
  }

  private init(values: [Double], size: Int) {
    self.values = values
    self.size = size
  }

  /// `right` = L^-1 `right`, for columns of `size` numbers.
  package func solve(_ right: inout [Double], columns: Int) {
    precondition(right.count >= size * columns, "\(right.count) numbers for \(size) x \(columns)")
    var scratch = [Double](repeating: 0, count: 8 * size)
    ck_solve_lower(size, values, size, columns, &right, &scratch)
  }

  /// `right` = L^-T `right`, for columns of `size` numbers.
  package func solveTransposed(_ right: inout [Double], columns: Int) {
    precondition(right.count >= size * columns, "\(right.count) numbers for \(size) x \(columns)")
    var scratch = [Double](repeating: 0, count: 8 * size)
    ck_solve_lower_transposed(size, values, size, columns, &right, &scratch)
  }

  /// The lower triangle of A^-1 = L^-T L^-1, by columns.
  package consuming func inverse() -> [Double] {
    let n = size
    // L^-1 by columns: what is above the diagonal is 0, so eight columns begin at the first one's row.
    var halves = [Double](repeating: 0, count: n * n)
    var right: [Double] = []
    for first in stride(from: 0, to: n, by: 8) {
      let (rows, columns) = (n - first, min(8, n - first))
      Surrogate.resize(&right, rows * columns)
      for i in right.indices { right[i] = 0 }
      for c in 0..<columns { right[c * rows + c] = 1 }
      var scratch = [Double](repeating: 0, count: 8 * rows)
      values.withUnsafeBufferPointer { l in
        guard let l = l.baseAddress else { return }
        ck_solve_lower(rows, l + first * (n + 1), n, columns, &right, &scratch)
      }
      for c in 0..<columns {
        for i in c..<rows { halves[(first + c) * n + first + i] = right[c * rows + i] }
      }
    }
    var result = [Double](repeating: 0, count: n * n)
    var scratch = [Double](repeating: 0, count: (n + 7) / 8 * 8 * n)
    ck_add_square(n, n, halves, n, 1, 1, 0, 1, &result, n, &scratch)
    return result
  }

  /// log |A|.
  package var logDeterminant: Double {
    var sum = 0.0
    for i in 0..<size { sum += logarithm(values[i * size + i]) }
    return 2 * sum
  }

  // Columns of a block; of 500, LAPACK then has a hundredth of the work.
  private static let blockSize = 48

  // By blocks of columns, each of which is taken out of what stands right of it (Golub and Van
  // Loan, 4.2.6).
  private static func factorize(_ matrix: inout [Double], _ n: Int) -> Bool {
    var scratch = [Double](repeating: 0, count: (n + 7) / 8 * 8 * blockSize)
    return matrix.withUnsafeMutableBufferPointer { matrix in
      guard let a = matrix.baseAddress else { return true }
      for first in stride(from: 0, to: n, by: blockSize) {
        let width = min(blockSize, n - first)
        let corner = a + first * (n + 1)
        guard LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 0x4C, Int32(width), corner, Int32(n)) == 0
        else { return false }
        let rest = n - first - width
        guard rest > 0 else { continue }
        ck_solve_right(rest, width, corner, n, corner + width, n)
        ck_add_square(
          rest, width, corner + width, 1, n, 0, 1, -1, corner + width * (n + 1), n, &scratch)
      }
      return true
    }
  }
}
