import Configuration
import Glibc
import HDF5

/// Writes IDX and CSV files, plain or gzipped, into one HDF5 file.
public struct Importer {
  /// The files, in order.
  public var inputs: [ImportInput]
  /// The HDF5 file.
  public var output: String
  /// How the files are read and written.
  public var options: ImportOptions

  /// Describes an import.
  public init(inputs: [ImportInput], output: String, options: ImportOptions = ImportOptions()) {
    self.inputs = inputs
    self.output = output
    self.options = options
  }

  static let interruption = "stopped: nothing was written; the same command starts again"

  /// Imports all files; the memory it takes does not grow with them.
  ///
  /// The output appears in one piece at the end, or not at all.
  /// - Parameter progress: is told how far the import is, and returns false to stop it.
  /// - Returns: What was written.
  /// - Throws: `PipelineError` or `HDF5Error`; nothing is left behind then.
  public func run(progress: (ImportProgress) -> Bool = { _ in true }) throws -> ImportSummary {
    try checkNames()
    let replacesExisting = access(output, F_OK) == 0
    guard !replacesExisting || options.overwrites else {
      throw PipelineError(
        "\(output): is there already: remove it, choose another name, or use --overwrite",
        exitCode: ExitCode.inputOutput)
    }
    try checkOutputIsNoInput()
    return try withoutActuallyEscaping(progress) { progress in
      let report = ImportReport(progress: progress)
      // A CSV file is looked through before anything is written: what its columns are, and which
      // texts a target has, is known at its end only, and holds for all files together.
      var formats: [ImportInput.Format] = []
      for input in inputs { formats.append(try ImportInput.format(of: ByteSource(input.path))) }
      guard options.target == nil || formats.contains(.csv) else {
        throw PipelineError(
          "--target names a CSV column, but no input is CSV", exitCode: ExitCode.usage)
      }
      var surveys: [Int: CSVSurvey] = [:]
      for (index, input) in inputs.enumerated() where formats[index] == .csv {
        surveys[index] = try CSVSurvey(path: input.path, options: options, report)
      }
      let target = try CSVTarget(surveys: surveys.keys.sorted().compactMap { surveys[$0] })
      var entries: [ImportSummary.Entry] = []
      try File.replace(output) { file in
        for (index, input) in inputs.enumerated() {
          if let survey = surveys[index] {
            let job = CSVImport(
              survey: survey, target: target, name: targetPrefix(input), options: options)
            entries += try job.run(into: file, report)
          } else {
            let job = IDXImport(path: input.path, name: input.name, options: options)
            entries.append(try job.run(into: file, report))
          }
        }
        // The last moment to stop: from here on the file is closed, synced and renamed.
        try report.advance(output, 1, "writing")
      }
      return ImportSummary(output: output, replacedExisting: replacesExisting, entries: entries)
    }
  }

  /// A table that is split needs no group of its own where it is alone and nobody named one.
  private func targetPrefix(_ input: ImportInput) -> String {
    options.target != nil && inputs.count == 1 && !input.isNamed ? "" : input.name
  }

  private func checkNames() throws(PipelineError) {
    var names: Set<String> = []
    for input in inputs where !names.insert(input.name).inserted {
      throw PipelineError(
        "two inputs would both become '\(input.name)': name them, as in train/features=FILE",
        exitCode: ExitCode.usage)
    }
  }

  private func checkOutputIsNoInput() throws(PipelineError) {
    var out = stat()
    guard stat(output, &out) == 0 else { return }
    for input in inputs {
      var status = stat()
      guard stat(input.path, &status) == 0, status.st_ino == out.st_ino,
        status.st_dev == out.st_dev
      else { continue }
      throw PipelineError(
        "\(output): is an input, too: choose another output", exitCode: ExitCode.usage)
    }
  }
}
