private import CLAPACK

/// Count, means and sums of products of deviations of all pairs of columns: n times their covariance.
///
/// - Source: Chan, Golub & LeVeque 1983, eq. 2.1, for products as for squares.
public struct CoMoments: MergeableStatistics {
  /// How many rows were seen.
  private(set) var count = 0.0
  /// The mean of each column.
  private(set) var mean: [Double]
  /// Row-major `[width, width]`; only the upper triangle is used.
  private(set) var products: [Double]

  // The same sums in the same order always, and no more threads than ranks.
  private static let oneThread: Void = clapack_use_one_thread()

  /// Makes the co-moments of no rows of `width` columns.
  public init(width: Int) {
    Self.oneThread
    mean = [Double](repeating: 0, count: width)
    products = [Double](repeating: 0, count: width * width)
  }

  private var width: Int { mean.count }

  /// Count, means, and the upper triangle row by row.
  public var values: [Double] {
    get {
      var values = [count] + mean
      values.reserveCapacity(1 + width + width * (width + 1) / 2)
      for row in 0..<width { values += products[row * width + row..<(row + 1) * width] }
      return values
    }
    set {
      count = newValue[0]
      mean = Array(newValue[1..<1 + width])
      var place = 1 + width
      for row in 0..<width {
        let end = place + width - row
        products.replaceSubrange(
          row * width + row..<(row + 1) * width, with: newValue[place..<end])
        place = end
      }
    }
  }

  /// Rows that are centred at a time.
  private static let blockRowCount = 256

  /// Takes in rows.
  public mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    let width = width
    var centred = [Double](repeating: 0, count: min(rowCount, Self.blockRowCount) * width)
    var delta = [Double](repeating: 0, count: width)
    for start in stride(from: 0, to: rowCount, by: Self.blockRowCount) {
      let block = min(Self.blockRowCount, rowCount - start)
      let first = rows + start * width
      for column in 0..<width { delta[column] = 0 }
      // Deviations from the block's first row: their sum loses nothing to a large common offset.
      for row in 0..<block {
        for column in 0..<width {
          let deviation = Double(first[row * width + column]) - Double(first[column])
          centred[row * width + column] = deviation
          delta[column] += deviation
        }
      }
      for column in 0..<width { delta[column] /= Double(block) }
      for row in 0..<block {
        for column in 0..<width { centred[row * width + column] -= delta[column] }
      }
      cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasTrans, Int32(width), Int32(block), 1, centred,
        Int32(width), 1, &products, Int32(width))
      for column in 0..<width { delta[column] += Double(first[column]) - mean[column] }
      shift(by: delta, of: Double(block))
    }
  }

  /// Takes in the co-moments of other rows.
  public mutating func merge(_ other: CoMoments) {
    precondition(width == other.width, "co-moments of \(width) and of \(other.width) columns")
    guard other.count > 0 else { return }
    for index in products.indices { products[index] += other.products[index] }
    shift(by: zip(other.mean, mean).map { $0 - $1 }, of: other.count)
  }

  /// What the distance between the means of the present and of `rowCount` new rows adds.
  private mutating func shift(by delta: [Double], of rowCount: Double) {
    let total = count + rowCount
    cblas_dsyr(
      CblasRowMajor, CblasUpper, Int32(width), count * rowCount / total, delta, 1, &products,
      Int32(width))
    for column in 0..<width { mean[column] += delta[column] * rowCount / total }
    count = total
  }

  /// The eigenvalues of `products` in descending order, and the eigenvectors, one after the other.
  ///
  /// The number of largest size in each vector is positive, the first of several that are equal but for
  /// rounding: the sign hangs on the vector alone, not on the order of the rows.
  func eigenvectors() throws(PipelineError) -> (values: [Double], vectors: [Double]) {
    let n = width
    // Row-major upper is column-major lower; vectors come as columns.
    var columns = products
    var ascending = [Double](repeating: 0, count: n)
    let code = LAPACKE_dsyevd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "L")), Int32(n), &columns,
      Int32(n), &ascending)
    guard code == 0, ascending.allSatisfy(\.isFinite) else {
      throw PipelineError(
        "pca: the covariance of \(n) columns has no eigenvectors that can be computed (LAPACK dsyevd "
          + "\(code)): standardize the columns first")
    }
    var vectors: [Double] = []
    vectors.reserveCapacity(n * n)
    for index in (0..<n).reversed() {
      let vector = columns[index * n..<(index + 1) * n]
      let largest = vector.reduce(0) { max($0, abs($1)) }
      let sign = vector.first { abs($0) >= largest * (1 - 1e-6) }.map { $0 < 0 ? -1.0 : 1 } ?? 1
      vectors += vector.map { sign * $0 }
    }
    return (ascending.reversed(), vectors)
  }
}
