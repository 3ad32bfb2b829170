import HDF5

/// A file of rows that has been looked through.
protocol RowSurvey {
  /// The file.
  var path: String { get }
  var rowCount: Int { get }
  /// Places that ascend, the first of them at row 0; none where it is one stream, or has no rows.
  var places: [RowPlace] { get }
}

extension RowSurvey {
  /// Whether several processes can read it from places that are known.
  var isShared: Bool { !places.isEmpty }

  /// Opens the file where it can be read from its places; nil where it is one stream.
  func region() throws(PipelineError) -> FileRegion? {
    guard isShared else { return nil }
    do { return try FileRegion(path) } catch { throw PipelineError(error) }
  }

  /// The place that a reader of the region who is at row `row` goes to on its way to row `target`; nil where it is
  /// soonest there by reading on.
  func jump(from row: Int, to target: Int) -> RowPlace? {
    guard target != row else { return nil }
    let place = RowPlace.last(of: places, notBehind: target)
    return target < row || place.row > row ? place : nil
  }
}
