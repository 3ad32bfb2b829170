private import Foundation

/// What a pass says about each column bent with its present λ: moments of the function y and of its
/// derivatives y' and y'' by λ, from which the next λ follows.
///
/// y stands for the function over e^((λ - 1) c), with a constant c near the mean logarithm of the column:
/// so it stays of the column's size, however large λ is.
/// - Source: Chan, Golub & LeVeque 1983, eq. 2.1, for products as for squares.
public struct PowerStatistics: MergeableStatistics {
  // Places of a column's numbers.
  private static let mean = 0, first = 1, second = 2
  /// Sums of products of deviations: yy, yy', y'y', yy''.
  private static let yy = 3, yFirst = 4, firstFirst = 5, ySecond = 6
  private static let logs = 7, least = 8
  private static let stride = 9

  /// The count of rows, then nine numbers for each column.
  public var values: [Double]
  /// Where the search for each column's λ is.
  let searches: [LambdaSearch]
  private let method: PowerMethod
  /// e^(-(λ - 1) c) of each column.
  private let factors: [Double]

  /// Makes the statistics of no rows, for columns whose λ are at these places.
  init(_ method: PowerMethod, searches: [LambdaSearch]) {
    self.method = method
    self.searches = searches
    factors = searches.map { exp(-($0.lambda - 1) * $0.meanLogarithm) }
    values = [Double](repeating: 0, count: 1 + Self.stride * searches.count)
    for column in searches.indices { values[1 + column * Self.stride + Self.least] = .infinity }
  }

  /// How many rows were seen.
  var count: Double { values[0] }

  /// Takes in rows.
  public mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    let width = searches.count
    values.withUnsafeMutableBufferPointer { values in
      guard let start = values.baseAddress else { return }
      for row in 0..<rowCount {
        start[0] += 1
        let share = 1 / start[0]
        for column in 0..<width {
          let x = Double(rows[row * width + column])
          let search = searches[column]
          let found = method.derivatives(x, lambda: search.lambda)
          let numbers = start + 1 + column * Self.stride
          let (c, factor) = (search.meanLogarithm, factors[column])
          let value = factor * found.value
          let first = factor * (found.first - c * found.value)
          let second = factor * (found.second - 2 * c * found.first + c * c * found.value)
          let y = value - numbers[Self.mean]
          let y1 = first - numbers[Self.first]
          let y2 = second - numbers[Self.second]
          numbers[Self.mean] += y * share
          numbers[Self.first] += y1 * share
          numbers[Self.second] += y2 * share
          // One factor from before, one from behind this row's share in the mean.
          numbers[Self.yy] += y * (value - numbers[Self.mean])
          numbers[Self.yFirst] += y * (first - numbers[Self.first])
          numbers[Self.firstFirst] += y1 * (first - numbers[Self.first])
          numbers[Self.ySecond] += y * (second - numbers[Self.second])
          numbers[Self.logs] += found.log
          numbers[Self.least] = min(numbers[Self.least], x)
        }
      }
    }
  }

  /// Takes in the statistics of other rows for the same λ.
  public mutating func merge(_ other: PowerStatistics) {
    precondition(values.count == other.values.count)
    guard other.count > 0 else { return }
    let total = count + other.count
    let share = other.count / total
    for column in searches.indices {
      let at = 1 + column * Self.stride
      let y = other.values[at + Self.mean] - values[at + Self.mean]
      let y1 = other.values[at + Self.first] - values[at + Self.first]
      let y2 = other.values[at + Self.second] - values[at + Self.second]
      let products = [(Self.yy, y * y), (Self.yFirst, y * y1), (Self.firstFirst, y1 * y1)]
      for (place, product) in products + [(Self.ySecond, y * y2)] {
        values[at + place] += other.values[at + place] + product * count * share
      }
      values[at + Self.mean] += y * share
      values[at + Self.first] += y1 * share
      values[at + Self.second] += y2 * share
      values[at + Self.logs] += other.values[at + Self.logs]
      values[at + Self.least] = min(values[at + Self.least], other.values[at + Self.least])
    }
    values[0] = total
  }

  /// The smallest number of a column.
  func least(column: Int) -> Double { values[1 + column * Self.stride + Self.least] }

  /// The mean logarithm of a column's base, with the sign of its numbers.
  func meanLogarithm(column: Int) -> Double {
    values[1 + column * Self.stride + Self.logs] / count
  }

  /// Mean and standard deviation of a column bent with its λ.
  func moments(column: Int) -> (mean: Double, deviation: Double) {
    let at = 1 + column * Self.stride
    return (
      values[at + Self.mean] / factors[column],
      (values[at + Self.yy] / count).squareRoot() / factors[column]
    )
  }

  /// The first two derivatives by λ of the negative logarithm of a column's likelihood, per row.
  ///
  /// -ln likelihood / n = ln(variance of y) / 2 + (λ - 1) (c - Σ logarithms / n) + const.
  func slopes(column: Int) -> (first: Double, second: Double) {
    let at = 1 + column * Self.stride
    let ratio = values[at + Self.yFirst] / values[at + Self.yy]
    let bend =
      (values[at + Self.firstFirst] + values[at + Self.ySecond]) / values[at + Self.yy]
    let difference = searches[column].meanLogarithm - meanLogarithm(column: column)
    return (ratio + difference, bend - 2 * ratio * ratio)
  }
}
