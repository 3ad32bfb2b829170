/// A split of a file's rows into a part to train on and a part held out for validation.
///
/// The last rows of a file would be the wrong ones when the file is sorted by label or by time of
/// day, and single rows chosen at random would touch every chunk twice. So whole groups of
/// consecutive rows are held out, chosen by the seed: some hundred groups where the file has enough
/// rows, each made of whole chunks where it has enough chunks. Both parts keep the file's order and
/// stream well.
///
/// Classes that are rare, and rows that follow on each other in time, want another split: `StratifiedSplit.swift`
/// and `SplitInTime.swift` have these.
public struct Holdout: Sendable, Equatable {
  /// The rows to train on.
  public let training: RowSet
  /// The rows held out; never empty, and never all.
  public let validation: RowSet
  /// The grid on which both parts may be cut without reading a chunk twice more than needed: the
  /// block of a `Shuffle` over either part.
  public let blockRowCount: Int
  /// How the rows of each class are split, in the order of their first rows; empty unless stratified.
  public let classCounts: [ClassCount]

  /// Groups are about a thousandth of the file: the held-out share is met to a tenth of a percent.
  static let groupCount = 1000

  /// Holds out the share `fraction` (0 < fraction < 1) of `rowCount` rows, at least one row.
  ///
  /// - Throws: `PipelineError` for fewer than two rows, which cannot be split.
  public init(
    fraction: Double, of rowCount: Int, blockRowCount: Int, seed: UInt64
  ) throws(PipelineError) {
    precondition(blockRowCount > 0 && fraction > 0 && fraction < 1)
    guard rowCount >= 2 else {
      throw PipelineError(
        "cannot hold out a part for validation: the data have \(rowCount) row(s); name a "
          + "validation data set, or leave validation out")
    }
    let groups = Groups(
      rowCount, atLeast: Self.groupCount, blockRowCount: blockRowCount, seed: seed)
    self.init(groups, holding: groups.places(of: fraction), blockRowCount)
  }

  /// Holds out one of `foldCount` (2 or more) parts of nearly the same size; the parts of one seed
  /// together are all rows, each once.
  ///
  /// - Throws: `PipelineError` for fewer rows than folds.
  public init(
    fold: Int, foldCount: Int, of rowCount: Int, blockRowCount: Int, seed: UInt64
  ) throws(PipelineError) {
    precondition(blockRowCount > 0 && foldCount > 1 && (0..<foldCount).contains(fold))
    guard rowCount >= foldCount else {
      throw PipelineError(
        "cannot make \(foldCount) folds of \(rowCount) row(s): ask for fewer folds")
    }
    let groups = Groups(
      rowCount, atLeast: max(Self.groupCount, foldCount), blockRowCount: blockRowCount, seed: seed)
    self.init(groups, holding: groups.places(of: fold, foldCount), blockRowCount)
  }

  private init(_ groups: Groups, holding places: Range<Int>, _ blockRowCount: Int) {
    var isHeld = [Bool](repeating: false, count: groups.count)
    for place in places { isHeld[groups.order[place]] = true }
    training = groups.rows { !isHeld[$0] }
    validation = groups.rows { isHeld[$0] }
    self.blockRowCount = min(blockRowCount, groups.size)
    classCounts = []
  }

  /// A split whose parts are known.
  init(training: RowSet, validation: RowSet, blockRowCount: Int, classCounts: [ClassCount] = []) {
    self.training = training
    self.validation = validation
    self.blockRowCount = blockRowCount
    self.classCounts = classCounts
  }

  /// Consecutive rows that stay together, in an order that the seed decides.
  struct Groups {
    let rowCount: Int
    let size: Int
    let count: Int
    let order: Permutation

    init(_ rowCount: Int, atLeast least: Int, blockRowCount: Int, seed: UInt64) {
      self.rowCount = rowCount
      let wanted = max(1, rowCount / least)
      size = wanted >= blockRowCount ? wanted / blockRowCount * blockRowCount : wanted
      count = (rowCount + size - 1) / size
      order = Permutation(count: count, key: Permutation.key(seed, 0x686f_6c64_6f75_74))
    }

    /// The places in the order of the groups that are a share of all; at least one, and not all.
    func places(of fraction: Double) -> Range<Int> {
      0..<min(max(1, Int((fraction * Double(count)).rounded())), count - 1)
    }

    /// The places in the order of the groups that are one of `foldCount` folds.
    func places(of fold: Int, _ foldCount: Int) -> Range<Int> {
      count * fold / foldCount..<count * (fold + 1) / foldCount
    }

    /// The rows of the chosen groups.
    func rows(_ isChosen: (Int) -> Bool) -> RowSet {
      RowSet(
        runs: (0..<count).filter(isChosen).map { $0 * size..<min(($0 + 1) * size, rowCount) })
    }
  }
}
