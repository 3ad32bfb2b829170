internal import CKernels
private import Foundation

/// The covariance of two trials: main effects and interactions.
///
/// k(x, x') = v m(r / l) + sum over parameters g of v_g m(r_g / a_g), with m the Matern-5/2
/// function (Rasmussen and Williams 2006, equation 4.17), r_g the distance in parameter g, and
/// (r / l)^2 = sum of (r_g / l_g)^2. The sum is the first-order part of an additive Gaussian
/// process (Duvenaud, Nickisch and Rasmussen 2011, equation 6): few results say much about what
/// each parameter does by itself, wherever the others are; the product kernel learns the rest.
///
/// Hyperparameters are one vector of logarithms: l_g, then a_g, then v_g, then v, then the noise
/// variance; 3 G + 2 numbers for G parameters.
package struct MaternKernel: Sendable {
  let first: [Int]
  let joint: [Double]
  let single: [Double]
  let singleVariance: [Double]
  let jointVariance: Double
  let noise: Double

  /// Added to every learned noise: what a factorization needs, and less than a result can show.
  static let leastNoise = 1e-8

  package init(first: [Int], logarithms theta: [Double]) {
    let groups = first.count - 1
    precondition(theta.count == 3 * groups + 2, "\(theta.count) hyperparameters for \(groups)")
    self.first = first
    joint = theta[0..<groups].map { exp(-2 * $0) }
    single = theta[groups..<2 * groups].map { exp(-2 * $0) }
    singleVariance = theta[2 * groups..<3 * groups].map { exp($0) }
    jointVariance = exp(theta[3 * groups])
    noise = exp(theta[3 * groups + 1]) + Self.leastNoise
  }

  /// k(x, x).
  var variance: Double { singleVariance.reduce(jointVariance, +) }

  func withPointer<R>(_ body: (UnsafePointer<ck_matern>) -> R) -> R {
    first.withUnsafeBufferPointer { first in
      joint.withUnsafeBufferPointer { joint in
        single.withUnsafeBufferPointer { single in
          singleVariance.withUnsafeBufferPointer { singleVariance in
            var kernel = ck_matern(
              groups: self.first.count - 1, first: first.baseAddress, joint: joint.baseAddress,
              single: single.baseAddress, singleVariance: singleVariance.baseAddress,
              jointVariance: jointVariance)
            return body(&kernel)
          }
        }
      }
    }
  }
}

/// Rows of features by columns: column c of row i stands at `values[c * count + i]`.
package struct FeatureTable: Sendable {
  package private(set) var count: Int
  let first: [Int]
  package private(set) var values: [Double]

  package init(_ points: [[Double]], _ encoding: SpaceEncoding) {
    count = points.count
    first = encoding.first
    values = [Double](repeating: 0, count: points.count * encoding.columnCount)
    for (i, point) in points.enumerated() {
      encoding.write(
        point, to: &values, offset: i, stride: points.count, active: encoding.activity(of: point))
    }
  }

  /// The table with another row behind the others.
  func appending(_ row: [Double]) -> FeatureTable {
    var longer = self
    longer.count = count + 1
    longer.values = []
    longer.values.reserveCapacity(values.count + row.count)
    for column in row.indices {
      longer.values += values[column * count..<(column + 1) * count]
      longer.values.append(row[column])
    }
    return longer
  }

  /// Squared distances of all pairs i >= j by parameter, packed by rows of the lower triangle.
  func squaredDistances() -> [Double] {
    var result = [Double](repeating: 0, count: (first.count - 1) * count * (count + 1) / 2)
    ck_matern_distances(first.count - 1, first, count, count, values, &result)
    return result
  }

  /// The lower triangle of the covariances of all rows, by columns.
  package func covariances(_ kernel: MaternKernel) -> [Double] {
    let pairs = count * (count + 1) / 2
    let distances = squaredDistances()
    var packed = [Double](repeating: 0, count: pairs)
    kernel.withPointer { ck_matern_pairs($0, pairs, distances, &packed) }
    return FeatureTable.unpack(packed, count)
  }

  /// A lower triangle packed by rows as a matrix by columns.
  static func unpack(_ packed: [Double], _ count: Int) -> [Double] {
    var matrix = [Double](repeating: 0, count: count * count)
    packed.withUnsafeBufferPointer { packed in
      matrix.withUnsafeMutableBufferPointer { matrix in
        var p = 0
        for i in 0..<count {
          for j in 0...i {
            matrix[j * count + i] = packed[p]
            p += 1
          }
        }
      }
    }
    return matrix
  }
}
