internal import ArgumentParser
private import Distributed
private import Glibc
private import HDF5
internal import Pipeline

/// How data that are no HDF5 are read: shared by the commands that feed a trained model.
struct RawOptions: ParsableArguments {
  @Flag(
    inversion: .prefixedNo,
    help: "CSV data begin with a line of names, or do not. \(Self.usual)")
  var header: Bool?

  @Option(
    help: "The character between two CSV fields, or: tab, space. \(Self.usual)")
  var separator: String?

  @Option(
    help: ArgumentHelp(
      """
      The names of the columns of CSV data without a line of names, in order. \
      (default: as \(Self.recorded) says, else column_0 and so on)
      """,
      valueName: "list"))
  var columns: String?

  @Flag(
    help: "End at the first row of CSV or LIBSVM data that cannot be read, in place of going on.")
  var strict = false

  @Option(
    help: ArgumentHelp(
      """
      The folder, seen by all ranks, for the HDF5 file that data of another kind become meanwhile. \
      (default: that of the output, else that of temporary files)
      """, valueName: "folder"))
  var scratch: String?

  func validate() throws {
    if let separator, Separator.byte(separator) == nil {
      throw ValidationError("--separator is \(Separator.advice)")
    }
    if let columns, ListOption.words(columns).contains("") {
      throw ValidationError("--columns '\(columns)' names a column of no name")
    }
  }

  /// What holds without an option about CSV.
  private static let usual = "(default: as \(recorded) says, else found out)"
  private static let recorded = "data.train.csv or data.validation.csv of the model's job"
  /// How to have CSV data read otherwise.
  static let advice = "give --header or --no-header, --separator or --columns"

  /// Whether anything is said about such data.
  var isGiven: Bool { isAboutCSV || strict }

  /// Whether anything is said that CSV alone has.
  var isAboutCSV: Bool { header != nil || separator != nil || columns != nil }

  /// The options as the import takes them.
  var importOptions: ImportOptions {
    var options = ImportOptions()
    options.hasHeader = header
    options.separator = separator.flatMap(Separator.byte)
    options.columnNames = columns.map(ListOption.words)
    options.badRows = strict ? .stop : .skip
    return options
  }

  /// What the names of temporary files begin with, for a command that writes `output`; nil or -: no file.
  func place(beside output: String?) -> String {
    if let scratch { return "\(scratch)/\(Self.name)" }
    if let output, output != "-" { return output }
    return Self.temporaryPlace
  }

  /// What the names of temporary files begin with, in the folder for these.
  static var temporaryPlace: String {
    "\(TemporaryFolder.path)/\(name)"
  }

  /// Tells files of this machine's processes from those of others in the same folder.
  private static var name: String {
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, host.count - 1)
    return "sounder-"
      + String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
