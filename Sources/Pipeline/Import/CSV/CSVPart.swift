import HDF5

/// The part of a plain CSV file that one of several processes looks through: about as many bytes for
/// each, cut where records begin.
struct CSVPart {
  /// The first record; nil where none begins in the part.
  let first: RowPlace?
  /// The byte before which the last record begins.
  let end: Int
  /// The file.
  let file: FileRegion

  /// Finds this process' part.
  ///
  /// Each process scans one stretch of the file, without knowing whether that begins within a quoted
  /// field, and tells the others what it makes of either case: so all know where they are.
  /// Collective and blocking.
  init(of layout: CSVLayout, _ crew: any ImportCrew, _ report: ImportReport) throws {
    let start = layout.start.offset
    func bound(_ rank: Int) -> Int {
      start + max(0, layout.fileByteCount - start) * rank / crew.size
    }
    let range = bound(crew.rank)..<bound(crew.rank + 1)
    let file = try crew.agree { try FileRegion(layout.path) }
    let cut = try crew.agree {
      try CSVCut(file, range, startingAt: start, separator: layout.dialect.separator)
    }
    var stretches = try crew.share { message in
      message.append(layout.fileByteCount)
      let passages = try cut.passages { (fraction) throws(PipelineError) in
        try report.advance(layout.path, fraction, "dividing")
      }
      for passage in passages {
        message.append(passage.state.rawValue)
        message.append(passage.lineCount)
      }
    }
    var (state, line) = (QuoteState.outside, layout.start.line)
    for rank in stretches.indices {
      guard stretches[rank].number() == layout.fileByteCount else {
        throw CSVImport.changed(layout.path)
      }
      guard rank < crew.rank else { continue }
      let passages = QuoteState.allCases.map { _ in
        CSVCut.Passage(
          state: QuoteState(rawValue: stretches[rank].number()) ?? .outside,
          lineCount: stretches[rank].number())
      }
      line += passages[state.rawValue].lineCount
      state = passages[state.rawValue].state
    }
    first = try crew.agree { try cut.firstRecord(state, line: line) }
    end = range.upperBound
    self.file = file
  }
}
