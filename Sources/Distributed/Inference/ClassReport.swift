public import NN

/// How well each class, or each label, is told: precision TP / (TP + FP), recall TP / (TP + FN), F1 their harmonic
/// mean, specificity TN / (TN + FP), each 0 where it would be 0 / 0, and accuracy (TP + TN) / all.
///
/// A class counts against the rest: rows of all others are negative.
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
    /// How many of the rows that are not of the class were not taken for it.
    public var specificity = 0.0
    /// How many of all rows were rightly taken for it or not.
    public var accuracy = 0.0
    /// The mean cross-entropy -ln p of the rows of the class, p being the probability that it was given; of a label,
    /// that of a yes or no over all rows; nil where it was not measured or there are no rows.
    public var crossEntropy: Double?
    /// The rows of the class, or of all.
    public var support = 0.0
    /// The areas under the receiver operating curve and under that of precision over recall; nil where they were
    /// not measured.
    public var areas: (roc: Double, pr: Double)?

    /// Whether all figures are equal.
    public static func == (a: Row, b: Row) -> Bool {
      a.precision == b.precision && a.recall == b.recall && a.f1 == b.f1 && a.support == b.support
        && a.specificity == b.specificity && a.accuracy == b.accuracy
        && a.crossEntropy == b.crossEntropy && a.areas?.roc == b.areas?.roc
        && a.areas?.pr == b.areas?.pr
    }
  }

  /// The classes, by number.
  public let classes: [Row]
  /// The plain mean over the classes that there are, in the rows or in the predictions, or over all labels.
  public let macro: Row
  /// The mean in which each class weighs as many rows as it has.
  public let weighted: Row

  /// Takes the figures from counts, and the areas of each class where there are some.
  public init(_ confusion: ConfusionMatrix, areas: [(roc: Double, pr: Double)] = []) {
    self.init(Self.tallies(confusion), entropies: [], areas: areas)
  }

  /// The same with the cross-entropies, of classes or of labels.
  public init(_ counts: ClassCounts, areas: [(roc: Double, pr: Double)] = []) {
    let tallies =
      counts.confusion.map(Self.tallies)
      ?? counts.labels.map {
        Tally(right: $0[1, 1], wrong: $0[0, 1], missed: $0[1, 0], total: $0.counts.reduce(0, +))
      }
    self.init(
      tallies, entropies: counts.crossEntropies, areas: areas,
      hasAll: counts.confusion == nil)
  }

  /// The rows of a class that were taken for it, others that were, its own that were not, and all.
  private struct Tally {
    var right = 0.0, wrong = 0.0, missed = 0.0, total = 0.0
  }

  private static func tallies(_ confusion: ConfusionMatrix) -> [Tally] {
    let total = confusion.counts.reduce(0, +)
    return (0..<confusion.classCount).map { label in
      var tally = Tally(right: confusion[label, label], total: total)
      for other in 0..<confusion.classCount where other != label {
        tally.missed += confusion[label, other]
        tally.wrong += confusion[other, label]
      }
      return tally
    }
  }

  private init(
    _ tallies: [Tally], entropies: [Double], areas: [(roc: Double, pr: Double)],
    hasAll: Bool = false
  ) {
    func ratio(_ part: Double, _ whole: Double) -> Double { whole > 0 ? part / whole : 0 }
    var classes: [Row] = []
    var areThere: [Bool] = []
    for (label, tally) in tallies.enumerated() {
      let (truth, predicted) = (tally.right + tally.missed, tally.right + tally.wrong)
      let others = tally.total - truth
      var row = Row()
      row.precision = ratio(tally.right, predicted)
      row.recall = ratio(tally.right, truth)
      row.f1 = ratio(2 * tally.right, truth + predicted)
      row.specificity = ratio(others - tally.wrong, others)
      row.accuracy = ratio(tally.total - tally.wrong - tally.missed, tally.total)
      row.support = truth
      let hasRows = hasAll ? tally.total > 0 : truth > 0
      if hasRows, entropies.indices.contains(label) { row.crossEntropy = entropies[label] }
      if areas.indices.contains(label) { row.areas = areas[label] }
      classes.append(row)
      areThere.append(hasAll || truth + predicted > 0)
    }
    self.classes = classes
    macro = Self.mean(classes, weights: areThere.map { $0 ? 1 : 0 })
    weighted = Self.mean(classes, weights: classes.map(\.support))
  }

  private static func mean(_ rows: [Row], weights: [Double]) -> Row {
    var mean = Row()
    let total = weights.reduce(0, +)
    // A class without rows has no cross-entropy, whatever it was taken for.
    var entropy = (sum: 0.0, weight: 0.0)
    for (row, given) in zip(rows, weights) {
      let weight = total > 0 ? given / total : 0
      mean.precision += weight * row.precision
      mean.recall += weight * row.recall
      mean.f1 += weight * row.f1
      mean.specificity += weight * row.specificity
      mean.accuracy += weight * row.accuracy
      mean.support += row.support
      guard let own = row.crossEntropy, weight > 0 else { continue }
      entropy.sum += weight * own
      entropy.weight += weight
    }
    if entropy.weight > 0 { mean.crossEntropy = entropy.sum / entropy.weight }
    return mean
  }
}
