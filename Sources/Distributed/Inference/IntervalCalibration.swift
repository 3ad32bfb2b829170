internal import HDF5

/// Residuals of rows that a model was not trained on, from which intervals follow that cover a target
/// with the probability they state, whatever the model's faults: split conformal prediction.
///
/// A row's score is |y - mean| / scale. Of n such rows and a new one of the same source each order is
/// equally likely, so that mean ± scale x (the ceil((n + 1) P)-th smallest score) covers the new target
/// with a probability of at least P, and at most P + 1 / (n + 1) without ties: Lei et al. (2018),
/// "Distribution-free predictive inference for regression", theorem 2.2; with a predicted scale section
/// 5.2. That is for each target by itself, averaged over rows, and in the units of the network.
public struct IntervalCalibration: Sendable, Equatable {
  /// What residuals are divided by.
  public enum Scale: Sendable, Equatable {
    /// Nothing: intervals are as wide everywhere.
    case absolute
    /// The predicted distribution's standard deviation.
    case predicted
    /// The standard deviation over passes with dropout, and the predicted one's.
    case sampled(passCount: Int)
  }

  /// The rows that were looked at.
  public let rowCount: Int
  /// What their residuals were divided by.
  public let scale: Scale
  /// The file and the data sets that they come from, in words.
  public private(set) var source: String
  /// Ranks, from 1 and rising, of which the scores are kept; the last is the number of scores.
  let ranks: [Int]
  /// The scores at these ranks, target by target.
  let scores: [Float]
  /// The scores of each target that the ranks count.
  let scoreCount: Int

  /// So many ranks are kept: a factor is then at most one in two thousand too far out.
  static let mostRanks = 2048
  static let groupName = "calibration"
  private static let formatVersion = 1
  /// Keeps a scale of 0 from making a score that is no number.
  static let leastScale: Float = 1e-6

  /// Changes the words for where the rows come from.
  package mutating func rename(_ change: (String) -> String) { source = change(source) }

  /// Sorts the scores of each target: `targetCount` numbers for each row.
  package init(
    scores all: [Float], targetCount: Int, rowCount: Int, scale: Scale, source: String
  ) {
    self.rowCount = rowCount
    self.scale = scale
    self.source = source
    let count = all.count / max(1, targetCount)
    scoreCount = count
    let kept = min(count, Self.mostRanks)
    ranks = (0..<kept).map { (($0 + 1) * count + kept - 1) / kept }
    var scores: [Float] = []
    var column = [Float](repeating: 0, count: count)
    for target in 0..<targetCount {
      for row in 0..<count { column[row] = all[row * targetCount + target] }
      column.sort()
      for rank in ranks { scores.append(column[rank - 1]) }
    }
    self.scores = scores
  }

  /// The targets of a row.
  public var targetCount: Int { ranks.isEmpty ? 0 : scores.count / ranks.count }

  /// What scales are multiplied by for intervals that cover with the probability `level`; nil when there
  /// are too few rows for it.
  public func factor(_ level: Double, target: Int) -> Double? {
    // A product that is whole but for its rounding stays whole.
    let wanted = Int((Double(scoreCount + 1) * level - 1e-9).rounded(.up))
    guard let place = ranks.firstIndex(where: { $0 >= wanted }) else { return nil }
    return Double(scores[target * ranks.count + place])
  }

  /// The largest probability that so many rows can vouch for.
  public var largestLevel: Double { Double(scoreCount) / Double(scoreCount + 1) }

  /// Writes the calibration into an empty group.
  func write(to group: borrowing Group) throws {
    try group.writeAttribute("format_version", Self.formatVersion)
    try group.writeAttribute("row_count", rowCount)
    try group.writeAttribute("score_count", scoreCount)
    try group.writeAttribute("source", source)
    switch scale {
    case .absolute: try group.writeAttribute("scale", "absolute")
    case .predicted: try group.writeAttribute("scale", "predicted")
    case .sampled(let passCount):
      try group.writeAttribute("scale", "mc_dropout")
      try group.writeAttribute("pass_count", passCount)
    }
    try group.createDataset("ranks", shape: [ranks.count], of: Int64.self)
      .write(ranks.map(Int64.init))
    try group.createDataset("scores", shape: [targetCount, ranks.count], of: Float.self)
      .write(scores)
  }

  /// Reads what `write(to:)` has written.
  ///
  /// - Throws: an error for a later format, and for damage.
  init(from group: borrowing Group) throws {
    let version = try group.intAttribute("format_version")
    guard version == Self.formatVersion else {
      throw DistributedError(
        "\(group.path) has format version \(version), this program reads \(Self.formatVersion): "
          + "calibrate the model again")
    }
    rowCount = try group.intAttribute("row_count")
    scoreCount = try group.intAttribute("score_count")
    source = try group.stringAttribute("source")
    let name = try group.stringAttribute("scale")
    switch name {
    case "absolute": scale = .absolute
    case "predicted": scale = .predicted
    case "mc_dropout": scale = .sampled(passCount: try group.intAttribute("pass_count"))
    default:
      throw DistributedError("\(group.path) has the unknown scale '\(name)': calibrate again")
    }
    ranks = try group.dataset("ranks").readAll(as: Int64.self).map { Int($0) }
    let stored = try group.dataset("scores")
    scores = try stored.readAll(as: Float.self)
    guard !ranks.isEmpty, ranks.last == scoreCount, stored.shape.count == 2,
      stored.shape[1] == ranks.count, zip(ranks, ranks.dropFirst()).allSatisfy({ $0 < $1 }),
      scoreCount > 0, scoreCount < Int.max
    else {
      throw DistributedError(
        "\(group.path) is damaged: its ranks and scores do not fit together: calibrate again")
    }
  }
}
