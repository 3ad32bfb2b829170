import Configuration
import Glibc
import HDF5

/// Writes files of IDX, CSV, NumPy and LIBSVM, plain or gzipped, into one HDF5 file.
public struct Importer: Sendable {
  /// The files, in order.
  public var inputs: [ImportInput]
  /// The HDF5 file.
  public var output: String
  /// How the files are read and written.
  public var options: ImportOptions
  /// What is known already of CSV files, with others beside which they are read.
  package var surveys: CSVSurveys?

  /// Describes an import.
  public init(inputs: [ImportInput], output: String, options: ImportOptions = ImportOptions()) {
    self.inputs = inputs
    self.output = output
    self.options = options
  }

  static let interruption = "stopped: nothing was written; the same command starts again"

  /// Imports all files; the memory it takes does not grow with them, but for packed arrays in Fortran
  /// order, which have to be under 1 GiB.
  ///
  /// The processes of `crew` share the work of reading plain files, and process 0 writes; gzipped files, archives and
  /// arrays in Fortran order it reads alone. The output appears in one piece at the end, or not at all, and is the
  /// same for any number of processes. Collective over the crew and blocking.
  /// - Parameters:
  ///   - crew: who takes part; all ask for the same import.
  ///   - progress: is told how far the import is, and returns false to stop it.
  /// - Returns: What was written; on other processes than 0 without entries.
  /// - Throws: `PipelineError` or `HDF5Error`; nothing is left behind then. Where it throws on process 0,
  ///   others wait for the end of the job.
  @discardableResult
  public func run(
    with crew: any ImportCrew = LoneImporter(),
    progress: (ImportProgress) -> Bool = { _ in true }
  ) throws -> ImportSummary {
    let replacesExisting = try crew.agree {
      try checkNames()
      return crew.rank == 0 ? try checkOutput() : false
    }
    return try withoutActuallyEscaping(progress) { progress in
      let report = ImportReport(progress: progress)
      let jobs = try prepare(crew, report)
      let entries = crew.rank == 0 ? try write(jobs, crew, report) : []
      if crew.rank > 0 { try assist(jobs, crew, report) }
      return ImportSummary(output: output, replacedExisting: replacesExisting, entries: entries)
    }
  }

  /// Process 0: writes the output.
  private func write(
    _ jobs: [any PreparedImport], _ crew: any ImportCrew, _ report: ImportReport
  ) throws -> [ImportSummary.Entry] {
    var entries: [ImportSummary.Entry] = []
    try File.replace(output) { file in
      for job in jobs {
        var written = try job.run(into: file, report)
        if crew.size > 1, !written.isEmpty, let reason = job.oneReaderReason {
          written[0].notes.append("read by one rank: " + reason)
        }
        entries += written
      }
      // The last moment to stop: from here on the file is closed, synced and renamed.
      try report.advance(output, 1, "writing")
    }
    _ = try crew.gather([])
    return entries
  }

  /// Another process: reads for process 0 what is shared.
  private func assist(
    _ jobs: [any PreparedImport], _ crew: any ImportCrew, _ report: ImportReport
  ) throws {
    do {
      for job in jobs { try (job as? any SharedImport)?.assist(report) }
    } catch {
      // Process 0 hears of it in place of rows, takes back what it has written, and ends the job: who
      // ended it here would leave half a file.
      try crew.send(ImportMessage(failure: error).bytes)
    }
    _ = try crew.gather([])
  }

  /// Looks at all inputs before anything is written: what the columns of a text file are, and which
  /// texts a target has, is known at its end only, and holds for all files together.
  ///
  /// Collective; other processes than 0 get the imports that are shared.
  private func prepare(
    _ crew: any ImportCrew, _ report: ImportReport
  ) throws -> [any PreparedImport] {
    let formats = try crew.agree {
      var formats: [ImportInput.Format] = []
      for input in inputs { formats.append(try ImportInput.format(of: ByteSource(input.path))) }
      try checkOptions(formats)
      return formats
    }
    var tables: [Int: CSVSurvey] = [:]
    for (index, input) in inputs.enumerated() where formats[index] == .csv {
      tables[index] =
        try surveys?[input.path]
        ?? CSVSurvey(path: input.path, options: options, crew: crew, report)
    }
    let split = tables.keys.sorted().compactMap { tables[$0] }
      .filter { $0.layout.targetColumn != nil }
    let target = try ImportTarget(surveys?.targets ?? split.map(\.target))
    var jobs = try prepareOthers(formats, crew, report)
    for (index, survey) in tables where crew.rank == 0 || survey.isShared {
      let input = inputs[index]
      if options.isTable {
        jobs[index] = CSVTableImport(
          survey: survey, name: input.name, options: options, crew: crew)
      } else {
        let name = options.target == nil ? input.name : groupName(input)
        jobs[index] = CSVImport(
          survey: survey, target: target, name: name, options: options, crew: crew)
      }
    }
    return jobs.keys.sorted().compactMap { jobs[$0] }
  }

  /// Looks at the inputs that are no CSV.
  ///
  /// Collective; other processes than 0 get the imports that are shared.
  private func prepareOthers(
    _ formats: [ImportInput.Format], _ crew: any ImportCrew, _ report: ImportReport
  ) throws -> [Int: any PreparedImport] {
    var sparse: [Int: LIBSVMSurvey] = [:]
    for (index, input) in inputs.enumerated() where formats[index] == .libsvm {
      sparse[index] = try LIBSVMSurvey(path: input.path, options: options, crew: crew, report)
    }
    let surveys = sparse.keys.sorted().compactMap { sparse[$0] }
    let labels = try ImportTarget(surveys.map(\.target))
    let columns = try LIBSVMSurvey.columns(surveys, options)
    var jobs: [Int: any PreparedImport] = [:]
    for (index, input) in inputs.enumerated() {
      switch formats[index] {
      case .csv: continue
      case .libsvm:
        guard let survey = sparse[index], crew.rank == 0 || survey.isShared else { continue }
        let name = groupName(input)
        jobs[index] =
          options.isDense
          ? LIBSVMDenseImport(
            survey: survey, columns: columns, target: labels, name: name, options: options,
            crew: crew)
          : LIBSVMImport(
            survey: survey, columns: columns, target: labels, name: name, options: options,
            crew: crew)
      case .npz:
        guard crew.rank == 0 else { continue }
        jobs[index] = NPZImport(path: input.path, name: groupName(input), options: options)
      case .npy, .idx:
        let job = try ArrayFileImport(input, formats[index], options, crew)
        if crew.rank == 0 || job.isShared { jobs[index] = job }
      }
    }
    return jobs
  }

  /// Several data sets need no group of their own where one input is alone and nobody named it.
  private func groupName(_ input: ImportInput) -> String {
    inputs.count == 1 && !input.isNamed ? "" : input.name
  }

  /// An option that says something about files that are not there is a mistake.
  private func checkOptions(_ formats: [ImportInput.Format]) throws(PipelineError) {
    func refuse(_ words: String) -> PipelineError {
      PipelineError(words, exitCode: ExitCode.usage)
    }
    let hasCSV = formats.contains(.csv)
    let hasLIBSVM = formats.contains(.libsvm)
    guard options.target == nil || hasCSV else {
      throw refuse("--target names a CSV column, but no input is CSV")
    }
    guard !options.isTable || hasCSV else {
      throw refuse("--table is about CSV columns, but no input is CSV")
    }
    guard !options.isTable || options.target == nil else {
      throw refuse("--table keeps every column apart, the target, too: leave --target out")
    }
    guard options.columns == nil || hasLIBSVM else {
      throw refuse("--columns counts those of LIBSVM files, but no input is one")
    }
    guard !options.isDense || hasLIBSVM else {
      throw refuse("--dense is about LIBSVM files, but no input is one")
    }
    guard options.badRows == .stop || hasCSV || hasLIBSVM else {
      throw refuse("--bad-rows is about CSV and LIBSVM files, but no input is one")
    }
  }

  private func checkNames() throws(PipelineError) {
    var names: Set<String> = []
    for input in inputs where !names.insert(input.name).inserted {
      throw PipelineError(
        "two inputs would both become '\(input.name)': name them, as in train/features=FILE",
        exitCode: ExitCode.usage)
    }
  }

  /// Whether there is an output that may be replaced.
  private func checkOutput() throws(PipelineError) -> Bool {
    let isThere = access(output, F_OK) == 0
    guard !isThere || options.overwrites else {
      throw PipelineError(
        "\(output): is there already: remove it, choose another name, or use --overwrite",
        exitCode: ExitCode.inputOutput)
    }
    try checkOutputIsNoInput()
    return isThere
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
