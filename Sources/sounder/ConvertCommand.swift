internal import ArgumentParser
private import Distributed
private import Configuration
private import Pipeline

/// `sounder convert`: IDX and CSV files, plain or gzipped, into one HDF5 file.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert IDX and CSV files, plain or gzipped, to one HDF5 file.",
    discussion: """
      Formats are told by content. Each input may be given a name: NAME=FILE. Examples:
        sounder convert train/features=train-images-idx3-ubyte.gz \\
          train/labels=train-labels-idx1-ubyte.gz fashion.h5
        sounder convert --target species iris.csv iris.h5
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

  @Option(help: "Rows in one chunk of the output. (default: 256, fewer where rows are large)")
  var chunkRows: Int?

  @Option(help: ArgumentHelp("Compress the output at this level, 1 to 9.", valueName: "level"))
  var gzip: Int?

  @Flag(help: "Replace an existing output.")
  var overwrite = false

  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard files.count >= 2 else {
      throw ValidationError("give at least one input and, last, the output")
    }
    if let gzip, !(0...9).contains(gzip) { throw ValidationError("--gzip is a level from 0 to 9") }
    if let chunkRows, chunkRows < 1 { throw ValidationError("--chunk-rows is at least 1") }
    if separator != nil, separatorByte == nil {
      throw ValidationError("--separator is a single character such as ';', or: tab, space")
    }
  }

  func run() throws {
    var options = ImportOptions()
    options.hasHeader = header
    options.separator = separatorByte
    options.target = target
    options.chunkRows = chunkRows
    options.gzip = gzip
    options.overwrites = overwrite
    let importer = Importer(
      inputs: try files.dropLast().map { try ImportInput(argument: $0) },
      output: files[files.count - 1], options: options)
    StopRequests.listen()
    let line = report.json || report.quiet ? nil : ConvertLine()
    let summary: ImportSummary
    do {
      summary = try importer.run { progress in
        line?.draw(progress)
        return StopRequests.arrived == StopRequests()
      }
    } catch {
      line?.clear()
      throw error
    }
    line?.clear()
    show(summary)
  }

  private var separatorByte: UInt8? {
    switch separator {
    case "tab", "\\t": return 9
    case "space": return 32
    case let text?:
      guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80,
        byte >= 0x20 || byte == 9,
        byte != UInt8(ascii: "\"")
      else { return nil }
      return byte
    case nil: return nil
    }
  }

  private func show(_ summary: ImportSummary) {
    if report.json {
      print(summary.value.json)
      return
    }
    if report.quiet { return }
    for entry in summary.entries {
      var line = "\(entry.name)  \(entry.type) \(entry.shape)  from \(entry.path)"
      if entry.missingCount > 0 { line += "; missing values, now NaN: \(entry.missingCount)" }
      if !entry.classNames.isEmpty {
        line += "; classes: " + entry.classNames.prefix(10).joined(separator: ", ")
        if entry.classNames.count > 10 { line += ", ... (\(entry.classNames.count))" }
      }
      print(line)
    }
    print((summary.replacedExisting ? "Replaced the existing " : "Wrote ") + summary.output)
  }
}
