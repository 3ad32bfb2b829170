/// What one pass over some rows found out, in a form that merges into what all rows say.
///
/// Merging is associative and its order matters only to rounding, so ranks may each pass over their
/// own rows.
public protocol MergeableFindings: Sendable {
  /// The findings as plain numbers: what a reducer sends between ranks.
  ///
  /// Findings of one stage for one shape can be rebuilt by setting the numbers of another.
  var values: [Double] { get set }
  /// Takes in the findings of `other`, made by the same stage for the same shape.
  mutating func merge(_ other: Self)
}

/// Findings about rows of numbers.
public protocol MergeableStatistics: MergeableFindings {
  /// Takes in `rowCount` rows, end to end; NaN comes only to stages that fill it in.
  mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int)
}

/// The statistics of a stage that learns nothing from data.
public struct NoStatistics: MergeableStatistics {
  /// Nothing.
  public var values: [Double] = []
  /// Makes empty statistics.
  public init() {}
  /// Does nothing.
  public mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {}
  /// Does nothing.
  public mutating func merge(_ other: NoStatistics) {}
}
