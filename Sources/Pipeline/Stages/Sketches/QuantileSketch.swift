private import Foundation
import Configuration

/// Quantiles of each column from one pass, in bounded memory, over any number of ranks.
///
/// Exact for up to k numbers in a column. Of more, the share of the column that lies below a quantile
/// is wrong by at most 2.296 / k^0.9723 with a probability of 99 %: 0.07 % of the rows for the usual
/// k = 4096, which takes about 50 KB for each column. Missing values do not count.
/// - Source: Karnin, Lang & Liberty 2016 (see `ColumnSketch`); the constants of the error are those that
///   Apache DataSketches measured for the same capacities (`KllHelper.getNormalizedRankError`).
public struct QuantileSketch: MergeableStatistics {
  /// The parameter k when none is given.
  public static let usualParameter = 4096
  /// What k may be.
  public static let parameterRange = 64...1 << 24

  private var columns: [ColumnSketch]

  /// Makes the sketches of no rows of `width` columns.
  public init(width: Int, parameter: Int = QuantileSketch.usualParameter) {
    precondition(Self.parameterRange.contains(parameter), "a sketch of k = \(parameter)")
    columns = [ColumnSketch](repeating: ColumnSketch(parameter: parameter), count: width)
  }

  /// Takes the key `sketch`, the parameter k.
  static func parameter(_ options: inout Options) throws(ConfigurationError) -> Int {
    try options.int("sketch", default: usualParameter, in: parameterRange)
  }

  /// The error of a share at 99 % for a parameter; 0 while a column has no more numbers than that.
  public static func error(parameter: Int) -> Double {
    2.296 / pow(Double(parameter), 0.9723)
  }

  /// All columns' sketches, end to end.
  public var values: [Double] {
    get { columns.flatMap(\.numbers) }
    set {
      var rest = newValue[...]
      for column in columns.indices { columns[column].take(from: &rest) }
    }
  }

  /// Takes in rows, in which NaN is a missing value.
  public mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    let width = columns.count
    for column in 0..<width {
      for row in 0..<rowCount {
        let value = rows[row * width + column]
        if !value.isNaN { columns[column].add(value) }
      }
    }
  }

  /// Takes in the sketches of other rows.
  public mutating func merge(_ other: QuantileSketch) {
    precondition(columns.count == other.columns.count)
    for column in columns.indices { columns[column].merge(other.columns[column]) }
  }

  /// The quantiles of a column at `shares`, from 0 (the least number) to 1 (the greatest), both of
  /// which are exact; nil when the column has no numbers.
  public func quantiles(_ shares: [Double], column: Int) -> [Double]? {
    columns[column].quantiles(shares)
  }
}
