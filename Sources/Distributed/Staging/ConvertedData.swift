private import Configuration
private import Glibc
package import Pipeline

/// Data files that are no HDF5 — CSV, LIBSVM, NumPy, IDX, plain or gzipped — as temporary HDF5 files, for as long
/// as they are read.
///
/// Converted once, by all ranks, as `sounder convert` does it: with bounded memory, plain files in parallel. The
/// files stand beside what is written with their help, under names that end with this process's number, and are
/// removed with it; what a killed process leaves behind the next one removes.
package final class ConvertedData {
  /// The same files, with what was made of them in place of those that are no HDF5.
  package private(set) var files: [String] = []
  /// What was made, on rank 0; one entry for each data set or table.
  package private(set) var entries: [ImportSummary.Entry] = []
  /// The rows that could not be read, on rank 0.
  package private(set) var gaps = RowGaps()
  /// Temporary files, and the names that the user knows them by.
  private var made: [(path: String, name: String)] = []
  private let isOwner: Bool
  /// Whether it must be known where rows are missing.
  private let needsPlaces: Bool
  /// What is known of CSV files, until they are converted.
  private var surveys: CSVSurveys?

  /// How long other machines may take to see a file.
  private static let patienceSeconds = 20.0

  /// Whether one of `paths` is no HDF5, and would be converted.
  ///
  /// Looks at the first bytes of each.
  package static func isNeeded(for paths: [String]) -> Bool {
    paths.contains { input($0).format != nil }
  }

  /// Whether a file is of a kind of which rows that cannot be used may be passed over, by its first bytes.
  static func hasLines(_ path: String) -> Bool {
    [.csv, .libsvm].contains(input(path).format)
  }

  /// Whether there is a file of this name, which may have another before it.
  static func isThere(_ path: String) -> Bool { access(input(path).path, F_OK) == 0 }

  /// Whether a file is CSV, by its first bytes.
  package static func isCSV(_ path: String) -> Bool { input(path).format == .csv }

  /// The CSV files among `paths`, without the names that these may give.
  static func csvFiles(_ paths: [String]) -> [String] {
    paths.map(input).filter { $0.format == .csv }.map(\.path)
  }

  /// The files that were converted, by the names that the user knows.
  package var names: [String] { made.map(\.name) }

  /// Converts those of `paths` that are no HDF5, each CSV and LIBSVM file into one of its own, whose rows follow
  /// on each other; all others, whose data sets belong together, into one.
  ///
  /// Collective over the crew and blocking.
  /// - Parameters:
  ///   - paths: The files; `NAME=FILE` names what is made of one.
  ///   - options: How they are read.
  ///   - table: The name of the tables that CSV files become, if `options` ask for tables.
  ///   - place: What temporary names begin with, the name of a file that is written.
  ///   - crew: who converts.
  ///   - surveys: What is known already of the CSV files; nil: they are looked through, all before one is
  ///     converted where there are several.
  ///   - needsPlaces: whether `gaps` has the places of rows that cannot be used, and not only what is told of them;
  ///     where it does not matter, LIBSVM files may have such rows, too.
  ///   - sign: hears on each rank that this works.
  ///   - progress: is told, on each rank, how far the conversion is.
  /// - Throws: `PipelineError` for rows that cannot be read, `DistributedError` (65) for files of more than one kind,
  ///   whose rows could not stand one behind the other, and (74) for a folder that not all ranks see.
  package init(
    _ paths: [String], options: ImportOptions, table: String, beside place: String,
    with crew: any ImportCrew, surveys: CSVSurveys? = nil, needsPlaces: Bool = true,
    sign: (any SignOfLife)? = nil,
    progress: (ImportProgress) -> Void = { _ in }
  ) throws {
    try Self.requireOneKind(paths)
    isOwner = crew.rank == 0
    self.needsPlaces = needsPlaces
    if isOwner { CheckpointFiles.removeLeftovers(of: [place]) }
    let id = String(decoding: try crew.gather(Array("\(getpid())".utf8))[0], as: UTF8.self)
    let stem = "\(place).tmp.\(id)"
    let pass = { (state: ImportProgress) in
      progress(state)
      return Self.goesOn(sign)
    }
    var surveys = surveys
    let csvFiles = Self.csvFiles(paths)
    if surveys == nil, csvFiles.count > 1 {
      surveys = try CSVSurveys(csvFiles, options: options, with: crew, progress: pass)
    }
    self.surveys = surveys
    var together: (inputs: [ImportInput], output: String)?
    for path in paths {
      let input = Self.input(path)
      guard let format = input.format else {
        files.append(path)
        continue
      }
      let output = "\(stem).\(files.count).h5"
      if format == .csv {
        let named = ImportInput(path: input.path, name: table)
        try convert([named], to: output, options, format, crew, pass)
      } else if format == .libsvm {
        let plain = ImportInput(path: input.path)
        try convert([plain], to: output, options, format, crew, pass)
      } else if let before = together {
        together = (before.inputs + [input], before.output)
        continue
      } else {
        together = ([input], output)
      }
      files.append(output)
    }
    self.surveys = nil
    guard let together else { return }
    try convert(together.inputs, to: together.output, options, nil, crew, pass)
  }

  /// Throws where files are of more than one kind; one that is not there, its reader tells of.
  package static func requireOneKind(_ paths: [String]) throws(DistributedError) {
    let inputs = paths.filter(isThere).map(input)
    guard let first = inputs.first else { return }
    for other in inputs.dropFirst() where kind(of: other) != kind(of: first) {
      throw DistributedError(
        "\(first.path) is \(kind(of: first)) and \(other.path) \(kind(of: other)), and files whose rows stand one "
          + "behind the other are of one kind: convert them first (sounder convert)",
        exitCode: ExitCode.data)
    }
  }

  private static func kind(of input: ImportInput) -> String {
    switch input.format {
    case .csv: "CSV"
    case .libsvm: "LIBSVM"
    case .idx, .npy, .npz: "NumPy or IDX"
    case nil: "HDF5"
    }
  }

  /// Says that this works; whether nobody has asked for an end.
  static func goesOn(_ sign: (any SignOfLife)?) -> Bool {
    sign?.works()
    return !StopSignal.arrived && StopRequests.arrived == StopRequests()
  }

  private static func input(_ path: String) -> ImportInput {
    (try? ImportInput(argument: path)) ?? ImportInput(path: path)
  }

  private func convert(
    _ inputs: [ImportInput], to output: String, _ options: ImportOptions,
    _ format: ImportInput.Format?, _ crew: any ImportCrew, _ pass: (ImportProgress) -> Bool
  ) throws {
    var options = options
    // An option that is about other files is none here.
    if format != .csv {
      (options.isTable, options.target, options.columnNames) = (false, nil, nil)
      options.columnKinds = [:]
    }
    if format != .libsvm { options.columns = nil }
    // Only of CSV it is known which rows are missing.
    if format != .csv, needsPlaces || format != .libsvm { options.badRows = .stop }
    options.overwrites = true
    made.append((output, inputs.map(\.path).joined(separator: ", ")))
    var importer = Importer(inputs: inputs, output: output, options: options)
    if format == .csv { importer.surveys = surveys }
    let summary = try importer.run(with: crew, progress: pass)
    try requireSeen(output, crew)
    entries += summary.entries
    guard isOwner, let entry = summary.entries.first else { return }
    try gaps.append(
      rowCount: entry.shape.first ?? 0, bad: entry.badRows, of: inputs[0].path,
      needsPlaces: needsPlaces)
  }

  /// Throws on a rank that does not see the file which rank 0 has written.
  private func requireSeen(_ path: String, _ crew: any ImportCrew) throws {
    _ = try crew.gather([])
    let start = Clock.now
    while access(path, R_OK) != 0 {
      guard Clock.now - start < Self.patienceSeconds else {
        throw DistributedError(
          "rank \(crew.rank) does not see \(path), which rank 0 has made of \(made.last?.name ?? ""): "
            + "write to a folder that all ranks share, or convert the data first (sounder convert)",
          exitCode: ExitCode.inputOutput)
      }
      Clock.sleep(seconds: 0.05)
    }
    _ = try crew.gather([])
  }

  /// Calls `body`; an error of its about a temporary file is about the one that the user knows.
  package func naming<Result>(_ body: () throws -> Result) throws -> Result {
    try Self.naming(named, body)
  }

  /// Calls `body`; an error of its is told with the names that `named` gives.
  static func naming<Result>(
    _ named: (String) -> String, _ body: () throws -> Result
  ) throws -> Result {
    do { return try body() } catch { throw renamed(error, named) }
  }

  /// The error, told with the names that `named` gives.
  static func renamed(_ error: any Error, _ named: (String) -> String) -> any Error {
    guard let coded = error as? any ExitCoded else { return error }
    let text = named(coded.description)
    return text == coded.description ? error : DistributedError(text, exitCode: coded.exitCode)
  }

  /// The text, with the names that the user knows in place of those of temporary files.
  package func named(_ text: String) -> String {
    made.reduce(text) { $0.replacing($1.path, with: $1.name) }
  }

  /// The rows' numbers in the files that the user knows.
  var numbers: RowNumbers { RowNumbers(files, gaps, made: made) }

  /// The first temporary file; nil where no file had to be converted.
  var firstPath: String? { made.first?.path }

  /// Removes the temporary files.
  ///
  /// Not collective: when no rank reads them any more. Once is enough; an error is as good a reason.
  package func remove() {
    if isOwner { for file in made { unlink(file.path) } }
  }

  deinit { remove() }
}

@available(*, unavailable)
extension ConvertedData: Sendable {}
