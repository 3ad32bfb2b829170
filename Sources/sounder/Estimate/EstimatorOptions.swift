internal import ArgumentParser
internal import Configuration
internal import Distributed
private import FoundationEssentials
private import HDF5
private import Pipeline

/// A table in place of a job file: what `sounder train` learns from it, and where the proposed job goes.
struct EstimatorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Without a job file: learn to tell the classes in this column of the table apart.",
      valueName: "column"))
  var classify: String?

  @Option(
    help: ArgumentHelp(
      "Without a job file: learn the numbers in this column of the table.", valueName: "column"))
  var regress: String?

  @Flag(
    help: """
      Without a job file: learn to give back the table's columns of numbers through a layer \
      'bottleneck' of few.
      """)
  var autoencode = false

  @Option(
    name: .customLong("from"),
    help: ArgumentHelp(
      """
      The table: a CSV file, gzipped or not, which is converted to HDF5 for the time being, or an HDF5 \
      file.
      """, valueName: "file"))
  var source: String?

  @Option(
    help: ArgumentHelp(
      "The table of an HDF5 file with several, or what to call that of a CSV file.",
      valueName: "name"))
  var table: String?

  @Option(
    help: ArgumentHelp(
      "Columns of the table that are not learnt from, such as a number of each row.",
      valueName: "column,...")
  )
  var drop: String?

  @Option(
    name: .customLong("job"),
    help: ArgumentHelp(
      "Write the proposed job file here, beside showing it.", valueName: "job.yaml"))
  var jobPath: String?

  /// The options that say what is learnt.
  private var tasks: [String] {
    (classify == nil ? [] : ["--classify"]) + (regress == nil ? [] : ["--regress"])
      + (autoencode ? ["--autoencode"] : [])
  }

  /// Whether there is a table in place of a job file.
  var isUsed: Bool { !tasks.isEmpty }

  func validate() throws {
    guard tasks.count < 2 else {
      throw ValidationError("\(tasks.joined(separator: " and ")) are two things to learn: give one")
    }
    guard let task = tasks.first else {
      let others = [
        ("--from", source), ("--table", table), ("--drop", drop), ("--job", jobPath),
      ]
      guard let other = others.first(where: { $0.1 != nil }) else { return }
      throw ValidationError(
        "\(other.0) is about a table: say what is learnt with --classify COLUMN, --regress COLUMN or "
          + "--autoencode")
    }
    guard source != nil else { throw ValidationError("\(task) needs a table: --from FILE") }
  }

  /// The file's name without folders and ending: what is made of it is named after that.
  private var stem: String {
    let name = ImportInput(path: source ?? "").name
    let ending = [".h5", ".hdf5"].first { name.hasSuffix($0) && name.utf8.count > $0.utf8.count }
    return ending.map { String(name.dropLast($0.count)) } ?? name
  }

  /// The files that are read.
  var inputFiles: [String] { [source].compactMap { $0 } }

  /// A job that was proposed.
  struct Proposal {
    let job: TrainingJob
    let value: Value
    /// The text of its file.
    let text: String
    /// What it is trained on.
    let table: Table
    /// Its data as they are read, where that is another way than it says.
    let reading: DataReading?
  }

  /// Converts a CSV file for the time being, looks through the table, and proposes a job.
  ///
  /// Collective over `world` and blocking.
  func proposal(
    on world: borrowing Communicator, _ options: JobOptions, overwrites: Bool, isQuiet: Bool
  ) throws -> Proposal {
    if world.rank == 0, let jobPath { try requireOurs(jobPath, overwrites: overwrites) }
    StopRequests.listen()
    let line = isQuiet || world.rank > 0 ? nil : ConvertDisplay()
    let found: Table
    do {
      let read = try importOptions(options)
      found = try Table(source ?? "", name: table, options: read, on: world) { progress in
        line?.draw(progress)
        return StopRequests.arrived == StopRequests()
      }
    } catch {
      line?.clear()
      throw error
    }
    line?.clear()
    guard StopRequests.arrived == StopRequests() else {
      throw CommandError(
        "stopped before the training: the same command starts again", exitCode: 130)
    }
    if !isQuiet { for note in found.notes { StandardError.write(note + "\n") } }
    var value = try estimator.job(for: found)
    try options.apply(to: &value)
    let job = try TrainingJob(value: value)
    let data = try found.reading(job)  // a job that cannot be trained is not written
    let text =
      Self.mark + "\(task) --from \(source ?? ""), for "
      + "\(found.summary?.rowCount ?? 0) rows of \(found.columns.count) columns.\n" + value.yaml
    if world.rank == 0, let jobPath { try write(text, to: jobPath, overwrites: overwrites) }
    return Proposal(job: job, value: value, text: text, table: found, reading: data)
  }

  /// How a CSV file is read, and what becomes of rows that cannot be used, as the command line has it: the table is
  /// read before there is a job.
  private func importOptions(_ options: JobOptions) throws -> ImportOptions {
    var read = ImportOptions()
    var given: Value = [:]
    for text in options.overrides where text.hasPrefix("data") {
      // What is wrong with it is told when the job is made.
      try? given.apply(override: text)
    }
    if let value = given["data"]?["train"]?["csv"] {
      var form = try Options(value)
      let csv = try CSVForm(options: &form)
      try form.finish()
      csv.apply(to: &read)
    }
    if case .string(let name)? = given["data"]?["bad_rows"]?.kind {
      read.badRows = BadRowPolicy(rawValue: name) ?? .stop
    }
    return read
  }

  private var task: String {
    tasks.joined() + ([classify, regress].compactMap { $0 }.first.map { " \($0)" } ?? "")
  }

  private var estimator: any NetworkEstimator {
    var estimator: any NetworkEstimator = NetworkAutoencoder()
    if let classify { estimator = NetworkClassifier(label: classify) }
    if let regress { estimator = NetworkRegressor(label: regress) }
    estimator.settings.modelFile = stem + "-model.h5"
    estimator.settings.dropped = drop.map { ListOption.words($0) } ?? []
    return estimator
  }

  /// What a proposed job file begins with.
  private static let mark = "# Proposed by sounder train "

  private func isThere(_ path: String) -> CommandError {
    CommandError(
      "--job \(path) is there already, and says something else: pass --overwrite to replace it, or choose "
        + "another name", exitCode: Configuration.ExitCode.inputOutput)
  }

  /// Throws for a file that no proposal of ours can be the same as: before a table is looked through.
  private func requireOurs(_ path: String, overwrites: Bool) throws {
    guard Storage.exists(path), !overwrites else { return }
    guard let text = try? JobFile.text(path), text.hasPrefix(Self.mark) else {
      throw isThere(path)
    }
  }

  /// Writes the job file; one that says the same may be there.
  private func write(_ text: String, to path: String, overwrites: Bool) throws {
    guard !Storage.exists(path) || overwrites || (try? JobFile.text(path)) == text else {
      throw isThere(path)
    }
    try AtomicFile.replace(path) { temporary in
      try Data(text.utf8).write(to: URL(fileURLWithPath: temporary))
    }
  }
}
