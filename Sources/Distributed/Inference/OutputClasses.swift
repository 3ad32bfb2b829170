public import NN

/// What was counted of the classes, or labels, that one of a network's outputs tells apart.
public struct OutputClasses: Sendable {
  /// The output's name; empty for a network with one.
  public let output: String
  /// The counts.
  public internal(set) var counts: ClassCounts
  /// The output's number.
  let index: Int
  /// The areas under the curves of each class or label, where they were asked for.
  var areas: [(roc: Double, pr: Double)] = []

  /// Begins to count.
  init(_ output: String, index: Int, _ counts: ClassCounts) {
    (self.output, self.index, self.counts) = (output, index, counts)
  }

  /// Rows by true and predicted class; nil for labels.
  public var confusion: ConfusionMatrix? { counts.confusion }
  /// For each label the rows without and with it, by what was predicted; empty for classes.
  public var labels: [ConfusionMatrix] { counts.labels }
  /// How well each class or label is told.
  public var report: ClassReport { ClassReport(counts, areas: areas) }
}
