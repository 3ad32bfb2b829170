public import NN

/// How well each class is told: precision TP / (TP + FP), recall TP / (TP + FN), F1 their harmonic mean, each 0
/// where it would be 0 / 0.
///
/// - Source: as scikit-learn's `classification_report`.
public struct ClassReport: Sendable, Equatable {
  /// The figures of a class, or their mean over classes.
  public struct Row: Sendable, Equatable {
    /// How many of the rows that were taken for the class are of it.
    public var precision = 0.0
    /// How many of the class's rows were taken for it.
    public var recall = 0.0
    /// The harmonic mean of both.
    public var f1 = 0.0
    /// The rows of the class, or of all.
    public var support = 0.0
    /// The areas under the receiver operating curve and under that of precision over recall; nil where they were
    /// not measured.
    public var areas: (roc: Double, pr: Double)?

    /// Whether all figures are equal.
    public static func == (a: Row, b: Row) -> Bool {
      a.precision == b.precision && a.recall == b.recall && a.f1 == b.f1 && a.support == b.support
        && a.areas?.roc == b.areas?.roc && a.areas?.pr == b.areas?.pr
    }
  }

  /// The classes, by number.
  public let classes: [Row]
  /// The plain mean over the classes that there are, in the rows or in the predictions.
  public let macro: Row
  /// The mean in which each class weighs as many rows as it has.
  public let weighted: Row

  /// Takes the figures from counts, and the areas of each class where there are some.
  public init(_ confusion: ConfusionMatrix, areas: [(roc: Double, pr: Double)] = []) {
    var classes: [Row] = []
    var areThere: [Bool] = []
    for label in 0..<confusion.classCount {
      var (truth, predicted) = (0.0, 0.0)
      for other in 0..<confusion.classCount {
        truth += confusion[label, other]
        predicted += confusion[other, label]
      }
      let right = confusion[label, label]
      classes.append(
        Row(
          precision: predicted > 0 ? right / predicted : 0, recall: truth > 0 ? right / truth : 0,
          f1: truth + predicted > 0 ? 2 * right / (truth + predicted) : 0, support: truth,
          areas: areas.indices.contains(label) ? areas[label] : nil))
      areThere.append(truth + predicted > 0)
    }
    self.classes = classes
    let count = Double(areThere.reduce(0) { $0 + ($1 ? 1 : 0) })
    macro = Self.mean(classes, weights: areThere.map { $0 ? 1 / count : 0 })
    let total = classes.reduce(0) { $0 + $1.support }
    weighted = Self.mean(classes, weights: classes.map { total > 0 ? $0.support / total : 0 })
  }

  private static func mean(_ rows: [Row], weights: [Double]) -> Row {
    var mean = Row()
    for (row, weight) in zip(rows, weights) {
      mean.precision += weight * row.precision
      mean.recall += weight * row.recall
      mean.f1 += weight * row.f1
      mean.support += row.support
    }
    return mean
  }
}
