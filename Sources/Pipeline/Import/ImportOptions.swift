import Configuration
import HDF5

/// How files are imported.
public struct ImportOptions: Sendable {
  /// Whether CSV files begin with a line of names; nil finds out.
  public var hasHeader: Bool?
  /// The byte between two fields of a CSV file; nil finds out.
  public var separator: UInt8?
  /// The CSV column that becomes the target: its name, or its index from 0 (-1 is the last).
  public var target: String?
  /// Whether each column of a CSV file becomes a data set of its own, in a group; texts stay texts.
  public var isTable = false
  /// The names of the columns of a CSV file without a line of names, in order; nil: `column_0` and so on.
  public var columnNames: [String]?
  /// Columns of a table that must be there, and what they hold; others hold what is found in them.
  ///
  /// A row with a text in a column of numbers is a bad one; in a column of texts, numbers are texts, too.
  package var columnKinds: [String: ColumnKind] = [:]
  /// The names of all columns of CSV files in the order in which they are written; empty: that of each file.
  ///
  /// A file with names has each of them and no other, in any order; one without has as many columns.
  package var columnOrder: [String] = []
  /// What becomes of rows of CSV and LIBSVM files that cannot be used.
  public var badRows = BadRowPolicy.stop
  /// The count of columns of LIBSVM files; nil is the largest index of all of them.
  public var columns: Int?
  /// The rows of one chunk; nil is 256, or fewer where rows are large, and 16384 in a table.
  public var chunkRows: Int?
  /// Whether the features of LIBSVM files become a matrix with all zeros in place of a sparse one.
  public var isDense = false
  /// The level, 0 to 9, at which chunks are compressed; nil stores them as they are, but those of LIBSVM
  /// files with all zeros at level 4.
  public var gzip: Int?
  /// Whether an existing output is replaced.
  public var overwrites = false

  /// The usual options.
  public init() {}

  /// One or two mini-batches: a slice of a chunk costs the reading of a whole one.
  private static let usualChunkRows = 256
  private static let usualChunkByteCount = 16 << 20

  func chunkRows(rowCount: Int, rowByteCount: Int, _ name: String) throws(PipelineError) -> Int {
    let wanted =
      chunkRows
      ?? max(1, min(Self.usualChunkRows, Self.usualChunkByteCount / max(1, rowByteCount)))
    let rows = min(wanted, rowCount)
    guard rows > 0 else { throw PipelineError("a chunk needs at least one row") }
    guard rows.multipliedReportingOverflow(by: rowByteCount).partialValue < 1 << 32 else {
      throw PipelineError(
        "'\(name)': a chunk of \(rows) rows of \(rowByteCount) bytes is over HDF5's 4 GB:"
          + " use a smaller --chunk-rows")
    }
    return rows
  }

  /// What compresses the chunks of one import; nil where they stay as they are.
  func makeCompressor() throws(PipelineError) -> ChunkCompressor? {
    guard let gzip else { return nil }
    guard ChunkCompressor.levels.contains(gzip) else {
      throw PipelineError(
        "there is no gzip level \(gzip): choose one from 0 to 9", exitCode: ExitCode.usage)
    }
    guard let compressor = ChunkCompressor(level: gzip) else {
      throw PipelineError("chunks cannot be compressed: is there memory left?")
    }
    return compressor
  }

  /// The rows that are moved at once: whole chunks, about 1 MB, and of a small file no more than one
  /// of `crewSize` processes has to read.
  static func blockRows(
    _ chunkRows: Int, _ rowByteCount: Int, of rowCount: Int, crewSize: Int
  ) -> Int {
    let usual = chunkRows * max(1, (1 << 20) / max(1, chunkRows * rowByteCount))
    let share = (rowCount / crewSize + chunkRows - 1) / chunkRows * chunkRows
    return min(usual, max(chunkRows, share), rowCount)
  }
}

/// Tells the caller how far an import is, and hears from it whether to go on.
struct ImportReport {
  let progress: (ImportProgress) -> Bool

  /// Throws when the caller wants to stop.
  func advance(_ path: String, _ done: Int, of total: Int) throws(PipelineError) {
    try advance(path, total == 0 ? 1 : Double(done) / Double(total), "writing")
  }

  func advance(_ path: String, _ fraction: Double, _ phase: String) throws(PipelineError) {
    guard progress(ImportProgress(path: path, phase: phase, fraction: fraction)) else {
      throw PipelineError(Importer.interruption, exitCode: 130)
    }
  }
}

/// How far the import of one file is.
public struct ImportProgress: Sendable {
  /// The file.
  public let path: String
  /// What is done: `dividing` a CSV or LIBSVM file among processes, `looking through` it, or
  /// `writing`.
  public let phase: String
  /// The part that is done, 0 to 1.
  public let fraction: Double

  /// Says how far the import is.
  package init(path: String, phase: String, fraction: Double) {
    self.path = path
    self.phase = phase
    self.fraction = fraction
  }
}
