public import Configuration
import Glibc

/// One file to import, and the name that its data get.
public struct ImportInput: Sendable, Equatable {
  /// The formats that are told apart by a file's first bytes.
  package enum Format: Sendable {
    case idx
    case csv
    case npy
    case npz
    case libsvm
  }

  /// The file.
  public var path: String
  /// The name of the data set, or of the group of several; names separated by `/`.
  public var name: String
  /// Whether the name was given and not made from the file's.
  public var isNamed: Bool

  /// Makes an input; without a name it is called after its file.
  public init(path: String, name: String? = nil) {
    self.path = path
    self.name = name ?? Self.stem(of: path)
    isNamed = name != nil
  }

  /// Takes an argument of the form `NAME=PATH` or `PATH`.
  ///
  /// A file whose own name has an `=` is found all the same.
  ///
  /// - Throws: `ConfigurationError` for an empty name or path.
  public init(argument: String) throws(ConfigurationError) {
    guard let equals = argument.firstIndex(of: "="), access(argument, F_OK) != 0 else {
      self.init(path: argument)
      return
    }
    let path = String(argument[argument.index(after: equals)...])
    let parts = argument[..<equals].split(separator: "/")
    guard !path.isEmpty, !parts.isEmpty, !parts.contains("."), !parts.contains("..") else {
      throw ConfigurationError(
        "'\(argument)' is neither a file nor NAME=FILE", origin: .override(argument))
    }
    self.init(path: path, name: parts.joined(separator: "/"))
  }

  /// The file's name without folders, `.gz` and ending.
  private static func stem(of path: String) -> String {
    var name = path.split(separator: "/").last.map(String.init) ?? path
    for ending in [
      ".gz", ".csv", ".tsv", ".txt", ".idx", ".npy", ".npz", ".svm", ".svmlight", ".libsvm",
    ] {
      if name.lowercased().hasSuffix(ending), name.count > ending.count {
        name.removeLast(ending.count)
      }
    }
    return name
  }

  private static let sampleByteCount = 4096

  /// The format of the file; nil for HDF5 and for what is no file of data at all, which the reader of HDF5
  /// has words for.
  package var format: Format? {
    let name = path.lowercased()
    guard ![".h5", ".hdf5", ".keras"].contains(where: name.hasSuffix) else { return nil }
    return (try? ByteSource(path)).flatMap { try? Self.format(of: $0) }
  }

  /// The names of the columns of a CSV file: those of its first line, or of `options`, or `column_0` and so on;
  /// and whether the file itself has names.
  ///
  /// - Throws: `PipelineError` for a file that is not there, or whose first line cannot be read.
  package func columnNames(
    _ options: ImportOptions
  ) throws(PipelineError) -> (names: [String], areFiles: Bool) {
    let layout = try CSVLayout(try ByteSource(path), options)
    return (
      layout.columnNames ?? (0..<layout.columnCount).map { "column_\($0)" },
      layout.dialect.hasHeader
    )
  }

  /// Tells the format by the content, behind any gzip; of texts, LIBSVM's by the name, too, as one bad row among
  /// the first would hide it.
  static func format(of source: ByteSource) throws(PipelineError) -> Format {
    let start = try source.start(sampleByteCount)
    guard !start.isEmpty else { throw PipelineError("\(source.path): the file is empty") }
    if start.count >= 4, start[0] == 0, start[1] == 0, IDXHeader.element(start[2]) != nil {
      return .idx
    }
    if start.starts(with: [0x89, 0x48, 0x44, 0x46]) {
      throw PipelineError("\(source.path): is an HDF5 file already: use it as it is")
    }
    if start.starts(with: NPYHeader.magic) { return .npy }
    if start.starts(with: Array("PAR1".utf8)) {
      throw PipelineError(
        "\(source.path): is a Parquet file, which is not read: write it as HDF5 or CSV, as"
          + " docs/data.md shows")
    }
    if start.starts(with: [0x50, 0x4b, 3, 4]) || start.starts(with: [0x50, 0x4b, 5, 6]) {
      guard !source.isCompressed else {
        throw PipelineError("\(source.path): is a gzipped archive: gunzip it first")
      }
      return .npz
    }
    guard !start.contains(0) else {
      throw PipelineError(
        "\(source.path): is neither IDX, CSV, NumPy nor LIBSVM: convert it to one of them")
    }
    var name = source.path.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    let isNamed = [".svm", ".svmlight", ".libsvm"].contains(where: name.hasSuffix)
    return isNamed || LIBSVMRow.matches(start, isWhole: start.count < sampleByteCount)
      ? .libsvm : .csv
  }
}
