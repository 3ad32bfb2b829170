private import CLAPACK
internal import Foundation

/// The natural logarithm.
func logarithm(_ x: Double) -> Double { log(x) }

/// Sum of a[i] b[i].
func dot(_ a: [Double], _ b: [Double], count: Int) -> Double {
  precondition(a.count >= count && b.count >= count, "\(count) of \(a.count) and \(b.count)")
  return cblas_ddot(Int32(count), a, 1, b, 1)
}

/// `result` = A^T x for A by columns, rows x columns: the dot product of each column with x.
func columnDots(_ a: [Double], rows: Int, columns: Int, _ x: [Double], into result: inout [Double])
{
  precondition(
    a.count >= rows * columns && x.count >= rows && result.count >= columns,
    "\(rows) x \(columns) from \(a.count), \(x.count) numbers into \(result.count)")
  guard rows > 0, columns > 0 else {
    for i in 0..<columns { result[i] = 0 }
    return
  }
  cblas_dgemv(
    CblasColMajor, CblasTrans, Int32(rows), Int32(columns), 1, a, Int32(rows), x, 1, 0, &result, 1)
}

/// Adds to each result[c] the squared length of column c of A times `factor`.
func addColumnSquares(
  _ a: [Double], rows: Int, columns: Int, times factor: Double, into result: inout [Double]
) {
  precondition(a.count >= rows * columns && result.count >= columns, "\(rows) x \(columns)")
  a.withUnsafeBufferPointer { a in
    guard let base = a.baseAddress else { return }
    for c in 0..<columns {
      let column = base + c * rows
      result[c] += factor * cblas_ddot(Int32(rows), column, 1, column, 1)
    }
  }
}
