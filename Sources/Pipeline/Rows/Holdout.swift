/// A split of a file's rows into a part to train on and a part held out for validation.
///
/// The last rows of a file would be the wrong ones when the file is sorted by label or by time of
/// day, and single rows chosen at random would touch every chunk twice. So whole groups of
/// consecutive rows are held out, chosen by the seed: some hundred groups where the file has enough
/// rows, each made of whole chunks where it has enough chunks. Both parts keep the file's order and
/// stream well.
public struct Holdout: Sendable, Equatable {
  /// The rows to train on.
  public let training: RowSet
  /// The rows held out; never empty, and never all.
  public let validation: RowSet
  /// The grid on which both parts may be cut without reading a chunk twice more than needed: the
  /// block of a `Shuffle` over either part.
  public let blockRowCount: Int

  /// Groups are about a thousandth of the file: the held-out share is met to a tenth of a percent.
  private static let groupCount = 1000

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
    let wanted = max(1, rowCount / Self.groupCount)
    let groupRows = wanted >= blockRowCount ? wanted / blockRowCount * blockRowCount : wanted
    let groups = (rowCount + groupRows - 1) / groupRows
    let held = min(max(1, Int((fraction * Double(groups)).rounded())), groups - 1)
    let order = Permutation(count: groups, key: Permutation.key(seed, 0x686f_6c64_6f75_74))
    var isHeld = [Bool](repeating: false, count: groups)
    for index in 0..<held { isHeld[order[index]] = true }
    func rows(held: Bool) -> RowSet {
      RowSet(
        runs: (0..<groups).filter { isHeld[$0] == held }.map {
          $0 * groupRows..<min(($0 + 1) * groupRows, rowCount)
        })
    }
    training = rows(held: false)
    validation = rows(held: true)
    self.blockRowCount = min(blockRowCount, groupRows)
  }
}
