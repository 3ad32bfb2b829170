internal import ArgumentParser
private import Distributed
private import Configuration
private import Pipeline

/// `sounder convert`: files of IDX, CSV, NumPy and LIBSVM into one HDF5 file.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert IDX, CSV, NumPy and LIBSVM files to one HDF5 file.",
    discussion: """
      Formats are told by content, gzipped or not. Each input may be given a name: NAME=FILE. Examples:
        sounder convert train/features=train-images-idx3-ubyte.gz \\
          train/labels=train-labels-idx1-ubyte.gz fashion.h5
        sounder convert --target species iris.csv iris.h5
        sounder convert --table houses.csv houses.h5
        sounder convert x=x.npy arrays.npz train.libsvm all.h5
      Ranks share the work of reading plain files; a gzipped file is one stream, which one rank reads:
        sounder convert --ranks 4 --gzip 4 large.csv large.h5
      """)

  @Argument(
    help: ArgumentHelp(
      "The inputs, each FILE or NAME=FILE, and last the output.", valueName: "file"))
  var files: [String]

  @Flag(
    inversion: .prefixedNo,
    help: "CSV files begin with a line of names, or do not. Found out by itself otherwise.")
  var header: Bool?

  @Option(
    help: "The character between two CSV fields, or: tab, space. Found out by itself otherwise.")
  var separator: String?

  @Option(
    help: """
      The CSV column that becomes the data set 'target', beside 'features': its name, or its index \
      from 0 (--target=-1 is the last). Texts become class numbers.
      """)
  var target: String?

  @Flag(
    help: """
      Write each CSV column as a data set of its own, in a group: whole numbers, numbers (NaN where \
      one is missing) or texts.
      """)
  var table = false

  @Option(
    help: ArgumentHelp(
      """
      What becomes of CSV and LIBSVM rows that cannot be used: 'stop' at the first, or 'skip' and \
      report them.
      """, valueName: "stop|skip"))
  var badRows = "stop"

  @Option(
    help: "Columns of LIBSVM files. (default: the largest index in all of them)")
  var columns: Int?

  @Flag(
    help: """
      Write all zeros of LIBSVM files, too: as a matrix, for readers that know no sparse ones (CSR).
      """)
  var dense = false

  @Option(
    help: """
      Rows in one chunk of the output. (default: 256, fewer where rows are large; of a table 16384)
      """)
  var chunkRows: Int?

  @Option(
    help: ArgumentHelp(
      """
      Compress the output at this level, 1 to 9; 0 does not. (default: no compression; 4 with --dense, as \
      zeros take no room then)
      """, valueName: "level"))
  var gzip: Int?

  @Flag(help: "Replace an existing output.")
  var overwrite = false

  @OptionGroup var launch: LaunchOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard files.count >= 2 else {
      throw ValidationError("give at least one input and, last, the output")
    }
    if let output = files.last?.lowercased(),
      let ending = Self.inputEndings.first(where: { output.hasSuffix($0) })
    {
      throw ValidationError(
        "the last file, '\(files[files.count - 1])', is the output, an HDF5 file: give one whose name does not end in "
          + "\(ending)")
    }
    if let gzip, !(0...9).contains(gzip) { throw ValidationError("--gzip is a level from 0 to 9") }
    if let chunkRows, chunkRows < 1 { throw ValidationError("--chunk-rows is at least 1") }
    if BadRowPolicy(rawValue: badRows) == nil {
      throw ValidationError("--bad-rows is 'stop' or 'skip'")
    }
    if let columns, !(1..<1 << 30).contains(columns) {
      throw ValidationError("--columns is at least 1, and below 2^30")
    }
    if separator != nil, separatorByte == nil {
      throw ValidationError("--separator is \(Separator.advice)")
    }
  }

  /// A file of such a name is an input, behind which the output is missing.
  private static let inputEndings = [
    ".csv", ".tsv", ".txt", ".npy", ".npz", ".libsvm", ".svm", ".idx", "-ubyte", ".gz",
  ]

  func run() throws {
    var options = ImportOptions()
    options.hasHeader = header
    options.separator = separatorByte
    options.target = target
    options.isTable = table
    options.badRows = BadRowPolicy(rawValue: badRows) ?? .stop
    options.columns = columns
    options.isDense = dense
    options.chunkRows = chunkRows
    options.gzip = gzip
    options.overwrites = overwrite
    let importer = Importer(
      inputs: try files.dropLast().map { try ImportInput(argument: $0) },
      output: files[files.count - 1], options: options)
    if launch.startsRanks { return try launch.launch() }
    guard LaunchEnvironment().size > 1 else { return try run(importer, LoneImporter()) }
    let code = Session.run { world in
      try run(importer, try MPIImportCrew(world))
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  private func run(_ importer: Importer, _ crew: any ImportCrew) throws {
    StopRequests.listen()
    let line = report.json || report.quiet || crew.rank > 0 ? nil : ConvertDisplay()
    let summary: ImportSummary
    do {
      summary = try importer.run(with: crew) { progress in
        line?.draw(progress)
        return StopRequests.arrived == StopRequests()
      }
    } catch {
      line?.clear()
      throw error
    }
    line?.clear()
    if crew.rank == 0 { show(summary) }
  }

  private var separatorByte: UInt8? { separator.flatMap(Separator.byte) }

  private func show(_ summary: ImportSummary) {
    if report.json {
      print(summary.value.json)
      return
    }
    if report.quiet { return }
    for entry in summary.entries {
      var line = "\(entry.name)  \(entry.type) \(entry.shape)  from \(entry.path)"
      if entry.missingCount > 0 {
        let words = entry.columns.isEmpty ? "missing values, now NaN" : "missing values"
        line += "; \(words): \(entry.missingCount)"
      }
      if !entry.classNames.isEmpty {
        line += "; classes: " + Self.list(entry.classNames)
      }
      if !entry.columns.isEmpty {
        line += "; columns: " + Self.list(entry.columns.map { "\($0.name) \($0.type)" })
      }
      if entry.badRows.count > 0 {
        line += "; rows left out: \(entry.badRows.count), on lines "
        line += Self.list(entry.badRows.lines.map { "\($0)" }, of: entry.badRows.count)
        line += "; the first: \(entry.badRows.firstProblem)"
      }
      for note in entry.notes { line += "; \(note)" }
      print(line)
    }
    print((summary.replacedExisting ? "Replaced the existing " : "Wrote ") + summary.output)
  }

  /// The first ten of a list, and the count where there are more.
  private static func list(_ words: [String], of count: Int? = nil) -> String {
    let count = count ?? words.count
    return words.prefix(10).joined(separator: ", ") + (count > 10 ? ", ... (\(count))" : "")
  }
}
