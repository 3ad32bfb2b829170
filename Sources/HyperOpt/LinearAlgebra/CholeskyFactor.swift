private import CLAPACK

/// A lower triangular L with L L^T = A, of a symmetric positive definite A (LAPACK, one thread).
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
    let n = Int32(size)
    guard size == 0 || LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 0x4C, n, &matrix, n) == 0 else {
      return nil
    }
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
    if size > 0 {
      cblas_dsyrk(
        CblasColMajor, CblasLower, CblasTrans, Int32(count), Int32(size), -1, upper, Int32(size), 1,
        &rest, Int32(count))
    }
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
  package func solve(_ right: inout [Double], columns: Int) { solve(&right, columns, CblasNoTrans) }

  /// `right` = L^-T `right`, for columns of `size` numbers.
  package func solveTransposed(_ right: inout [Double], columns: Int) {
    solve(&right, columns, CblasTrans)
  }

  private func solve(_ right: inout [Double], _ columns: Int, _ transpose: CBLAS_TRANSPOSE) {
    precondition(right.count >= size * columns, "\(right.count) numbers for \(size) x \(columns)")
    guard size > 0, columns > 0 else { return }
    let n = Int32(size)
    if columns == 1 {
      cblas_dtrsv(CblasColMajor, CblasLower, transpose, CblasNonUnit, n, values, n, &right, 1)
    } else {
      cblas_dtrsm(
        CblasColMajor, CblasLeft, CblasLower, transpose, CblasNonUnit, n, Int32(columns), 1, values,
        n, &right, n)
    }
  }

  /// The lower triangle of A^-1, by columns.
  package consuming func inverse() -> [Double] {
    let n = Int32(size)
    var result = values
    _ = LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 0x4C, n, &result, n)
    return result
  }

  /// log |A|.
  package var logDeterminant: Double {
    var sum = 0.0
    for i in 0..<size { sum += logarithm(values[i * size + i]) }
    return 2 * sum
  }
}
