import HDF5

/// One input that has been looked at, and can be written.
protocol PreparedImport {
  /// Why several processes cannot share the work; nil where they do.
  var oneReaderReason: String? { get }
  /// Streams the file into data sets, block by block; in process 0.
  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry]
}

/// One that several processes may read.
protocol SharedImport: PreparedImport {
  /// Whether they do.
  var isShared: Bool { get }
  /// Reads for process 0; in another one.
  func assist(_ report: ImportReport) throws
}

extension SharedImport {
  var oneReaderReason: String? { isShared ? nil : "a gzipped file is one stream" }
}
