internal import Configuration
public import Pipeline

extension DataConfiguration {
  /// Which of the training rows a fraction or a fold holds out.
  public enum Split: Sendable, Equatable {
    /// Groups of consecutive rows all over the file, drawn by the seed.
    case spread
    /// `stratify: true`: the same with the whole's share of each class of the target, to one row.
    case stratified
    /// `time: true`: the last rows; `gap` rows before them are in no part, at least 0.
    case latest(gap: Int)

    /// The keys of a job file that say it.
    package static let keys = ["stratify", "time", "gap"]

    /// Takes `stratify`, `time` and `gap`.
    init(options: inout Options) throws(ConfigurationError) {
      let isStratified = try options.bool("stratify", default: false)
      let isInTime = try options.bool("time", default: false)
      let gap = try options.int("gap", default: 0, in: 0...Int.max / 2)
      if isInTime {
        guard !isStratified else {
          throw options.error(
            "the last rows have the classes that they have: remove stratify, or time", "stratify")
        }
        guard options.value("seed") == nil else {
          throw options.error(
            "the last rows are not drawn by a seed: remove seed, or time", "seed")
        }
        self = .latest(gap: gap)
        return
      }
      guard !options.contains("gap") || gap == 0 else {
        throw options.error("a gap stands before the last rows: add time: true", "gap")
      }
      self = isStratified ? .stratified : .spread
    }

    /// The keys as the job file has them; none for groups all over the file.
    var entries: [Value.Entry] {
      switch self {
      case .spread: []
      case .stratified: [.init("stratify", true)]
      case .latest(let gap): [.init("time", true), .init("gap", Value(.int(gap)))]
      }
    }
  }

  /// What a fraction or a fold holds out of the training rows of `source`; only asked for when there is one.
  ///
  /// The same on all processes that read the same. Collective over `crew` and blocking where the split is stratified,
  /// for which its processes read all targets, each a share of them; not collective for other splits. `seed` is the
  /// training's, for a split without a seed of its own.
  /// - Throws: `PipelineError` where a part would be empty, and for targets that cannot be stratified.
  public func holdout(
    of source: any RowSource, seed: UInt64, with crew: any ImportCrew = LoneImporter()
  ) throws -> Holdout {
    let (rowCount, blockRowCount) = (source.layout.rowCount, source.layout.blockRowCount)
    switch validation {
    case .fraction(let fraction, let own):
      return switch split {
      case .spread:
        try Holdout(
          fraction: fraction, of: rowCount, blockRowCount: blockRowCount, seed: own ?? seed)
      case .stratified:
        try Holdout(stratified: fraction, of: source, seed: own ?? seed, with: crew)
      case .latest(let gap):
        try Holdout(latest: fraction, gap: gap, of: rowCount, blockRowCount: blockRowCount)
      }
    case .fold(let fold, let count, let own):
      return switch split {
      case .spread:
        try Holdout(
          fold: fold, foldCount: count, of: rowCount, blockRowCount: blockRowCount,
          seed: own ?? seed)
      case .stratified:
        try Holdout(
          stratifiedFold: fold, foldCount: count, of: source, seed: own ?? seed, with: crew)
      case .latest(let gap):
        try Holdout(
          latestFold: fold, foldCount: count, gap: gap, of: rowCount, blockRowCount: blockRowCount)
      }
    case .source, nil: preconditionFailure("nothing is held out")
    }
  }
}
