internal import Configuration
internal import Distributed
internal import HyperOpt
private import Foundation
internal import Pipeline
private import Glibc

/// A search from its job file to its model, table and report.
struct SearchRun {
  let job: SearchJob
  let trials: NetworkTrials
  private let file: JobFile
  let path: String
  private let retriesFailed: Bool
  private let addedTrials: Int?
  private let enqueued: Value?
  private let overwrites: Bool
  var configuration: SearchConfiguration { job.configuration }
  private var files: SearchFiles { configuration.files }

  init(
    _ job: SearchJob, file: JobFile, path: String, retriesFailed: Bool, addedTrials: Int?,
    enqueued: Value?, overwrites: Bool
  ) {
    self.job = job
    self.file = file
    self.path = path
    self.retriesFailed = retriesFailed
    self.addedTrials = addedTrials
    self.enqueued = enqueued
    self.overwrites = overwrites
    trials = Self.trials(job, file)
  }

  /// The trials of a job, with their files beside the journal.
  static func trials(_ job: SearchJob, _ file: JobFile) -> NetworkTrials {
    NetworkTrials(job, jobText: file.text, folder: folder(job.configuration.files))
  }

  /// `fashion.study.log` has its models in `fashion.trials`.
  private static func folder(_ files: SearchFiles) -> String { path(files) + ".trials" }

  private static func path(_ files: SearchFiles) -> String {
    for ending in [".study.log", ".log"] where files.journal.hasSuffix(ending) {
      return String(files.journal.dropLast(ending.count))
    }
    return files.journal
  }

  /// The study's name: the journal's, without folder and ending.
  private static func stem(_ files: SearchFiles) -> String {
    path(files).split(separator: "/").last.map(String.init) ?? "study"
  }

  /// Runs on all ranks; gives the exit code.
  ///
  /// Collective over `world`.
  func run(on world: borrowing Communicator, display: SearchDisplay) throws -> Int32 {
    var owner: StudyOwner?
    var study: Study?
    var limit = configuration.limits.trialCount
    var converts = [1]
    if world.rank == 0 {
      try checkFiles()
      try self.trials.prepare()
      study = try earlierStudy()
      converts = [leavesTrials(study) ? 1 : 0]
    }
    try GroupSearch(plan(trialLimit: nil, ranks: world.size), space: job.space)
      .requireRoom(on: world)
    converts = try world.broadcast(converts, from: 0)
    let converted =
      converts == [1]
      ? try convert(with: try MPIImportCrew(world), display, speaks: world.rank == 0) : nil
    // No rank of a trial reads any more when the search is over.
    defer { converted?.remove() }
    let trials = try prepared(converted)
    if world.rank == 0 {
      let opened = try openStudy(study, isOver: converts == [0], reading: converted, display)
      study = opened
      limit = try trialLimit(opened)
      owner = StudyOwner(journal: files.journal)
    }
    try world.barrier()
    var search = GroupSearch(plan(trialLimit: limit, ranks: world.size), space: job.space)
    search.owner = owner?.name
    search.discard = { trials.discard($0) }

    let output = study.map { SearchOutput($0, job: job, title: path) }
    search.remainingSeconds = { RemainingTime.now() }
    search.tick = {
      owner?.touch()
      output?.refresh()
    }
    let result = try search.run(on: world, observer: display) {
      guard let study, let owner else { throw StudyError("rank 0 has no study", exitCode: 70) }
      return (study, owner.orphans(in: study.history))
    } body: { trial, group in
      guard let converted else { return try trials.run(trial, on: group) }
      return try converted.naming { try trials.run(trial, on: group) }
    }
    guard let result, let study, let output else { return 0 }
    owner?.leave()
    return try finish(result, study, output, display)
  }

  /// What both ways to run trials end with: the best model in its place, table, report, last words.
  ///
  /// - Returns: The exit code.
  func finish(
    _ result: SearchReport, _ study: Study, _ output: SearchOutput, _ display: SearchDisplay
  ) throws -> Int32 {
    if result.exitCode == 0 { trials.discardCheckpoints(of: study.history) }
    display.clear()
    let model = configuration.command == nil ? try copyBest(result.best) : nil
    if result.exitCode == 0 { trials.discardSurplus(study.history) }
    try output.write()
    output.finish(result, model: model, display: display)
    try output.requireResults()
    return result.exitCode
  }

  /// Converts the data of the job where they are no HDF5, once for all trials; nil where a command is run.
  ///
  /// Collective over the crew and blocking.
  func convert(
    with crew: any ImportCrew, _ display: SearchDisplay, speaks: Bool
  ) throws -> ConvertedJobData? {
    guard let example = try trainingExample() else { return nil }
    let converted = try ConvertedJobData(
      example.data, for: example.pipeline, beside: example.output.model, with: crew)
    guard converted.line != nil else { return nil }
    if speaks {
      for note in [converted.line].compactMap({ $0 }) + converted.remarks { display.note(note) }
    }
    return converted
  }

  /// The trials, which read what was converted.
  private func prepared(_ converted: ConvertedJobData?) throws -> NetworkTrials {
    var trials = self.trials
    if let converted, let example = try trainingExample() {
      trials.converted = (example, converted.data)
    }
    return trials
  }

  /// Opens the study that the journal has; nil where there is none yet, and nothing stands in its way.
  ///
  /// Before data are converted, which may take long: another study's journal is told of.
  func earlierStudy() throws -> Study? {
    if let command = configuration.command {
      try CommandTemplate(command.text).requireProgram()
    }
    if access(files.journal, F_OK) == 0 { return try journaledStudy() }
    if !overwrites, let model = try trainingExample()?.output.model, access(model, F_OK) == 0 {
      throw CommandError(
        "output.model \(model) is there already: pass --overwrite to replace it at the end, or "
          + "choose another name", exitCode: ExitCode.inputOutput)
    }
    return nil
  }

  /// Whether trials may be left to run in a study, or in a new one.
  func leavesTrials(_ study: Study?) -> Bool {
    // The winner of folds is trained once more.
    guard let study, configuration.foldCount == 1, enqueued == nil, addedTrials == nil,
      !retriesFailed
    else { return true }
    let added = study.systemAttributes[Self.addedKey]?.int ?? 0
    return study.history.leavesTrials(upTo: configuration.limits.trialCount.map { $0 + added })
  }

  /// Goes on with the study `earlier`, or begins it; `converted` are the data in place of those that are no HDF5.
  ///
  /// `isOver`: no trial is left to run, and the data are not looked at. `display` is told of rows that are left out.
  func openStudy(
    _ earlier: Study?, isOver: Bool, reading converted: ConvertedJobData?, _ display: SearchDisplay
  ) throws -> Study {
    // A wrong name is told before it becomes part of a journal.
    let example = isOver ? nil : try trainingExample()
    let form = try example.map { example in
      let data = converted?.data ?? example.data
      let look = {
        let form = try example.pipeline.form(of: data.train)
        for (source, rows) in try example.pipeline.leftOutRows(of: data) {
          display.note((converted?.numbers ?? RowNumbers()).remark(on: rows, of: source))
        }
        return form
      }
      return try converted?.naming(look) ?? look()
    }
    let layout = form?.isOpen == true ? nil : form?.layout
    let isNew = earlier == nil && access(files.journal, F_OK) != 0
    let study = try earlier ?? journaledStudy()
    // Others may have worked on it meanwhile.
    try study.refresh()
    if let layout {
      let check = TrialCheck(
        job, featureShape: layout.featureShape, targetShape: layout.targetShape)
      study.accepts = { check.objection(to: $0) == nil }
    }
    if isNew {
      if !configuration.warmStart.isEmpty {
        let older = try configuration.warmStart.map { try Study(opening: $0) }
        try study.warmStart(from: older)
      }
      // What a plain training would use is tried first.
      if let defaults = job.defaults { _ = try study.enqueue(defaults) }
    }
    if let enqueued { _ = try study.enqueueAll(enqueued) }
    if retriesFailed { _ = try study.retryFailed() }
    return study
  }

  /// The study with the journal, which is made where there is none.
  private func journaledStudy() throws -> Study {
    var identity = file.value
    if case .map(let entries) = identity.kind {
      var entries = entries.filter { $0.key != "search" && $0.key != "output" }
      if let command = configuration.command {
        entries.append(.init("command", Value(.string(command.text))))
      }
      identity.kind = .map(entries)
    }
    return try Study(
      journal: files.journal,
      settings: StudySettings(
        name: Self.stem(files), space: job.space, directions: configuration.directions,
        metricNames: configuration.objectives.map(\.metric),
        sampler: configuration.sampler.namedValue, pruner: configuration.pruner.namedValue,
        seed: configuration.seed, constraints: configuration.constraints.map(\.text),
        job: identity))
  }

  /// The job with some parameters; nil when a command is run in place of a training.
  func trainingExample() throws -> TrainingJob? {
    guard configuration.command == nil else { return nil }
    return try job.example()
  }

  /// How many trials were added to the job's limit, in the journal.
  private static let addedKey = "sounder:added_trials"

  /// The job's limit, and the trials that were added to it.
  func trialLimit(_ study: Study) throws -> Int? {
    guard let limit = configuration.limits.trialCount else { return nil }
    // What was added holds when the search is resumed, whatever becomes of the job's own limit.
    var added = study.systemAttributes[Self.addedKey]?.int ?? 0
    if let addedTrials {
      added += addedTrials
      try study.setSystemAttribute(Self.addedKey, Value(.int(added)))
    }
    // For `--status`.
    let key = "sounder:trial_limit"
    if study.systemAttributes[key]?.int != limit + added {
      try study.setSystemAttribute(key, Value(.int(limit + added)))
    }
    return limit + added
  }

  func plan(trialLimit: Int?, ranks: Int) -> SearchPlan {
    var plan = SearchPlan(objectives: configuration.objectives, trialLimit: trialLimit)
    let limits = configuration.limits
    plan.wallSeconds = limits.wallTimeSeconds
    plan.nodeHours = limits.nodeHours
    plan.target = limits.target
    plan.trialSeconds = limits.trialTimeSeconds
    switch configuration.ranksPerTrial {
    case .fixed(let count): plan.ranksPerTrial = ranks == 1 ? 1...1 : count...count
    case .range(let range): plan.ranksPerTrial = ranks == 1 ? 1...1 : range
    case .searched(let name):
      plan.ranksParameter = ranks == 1 ? nil : name
      plan.ranksPerTrial = 1...1
    }
    plan.foldCount = configuration.foldCount
    plan.repeatCount = configuration.repeatCount
    plan.retryCount = configuration.retryCount
    plan.topCount = configuration.topCount
    let constraints = configuration
    plan.violations = { constraints.violations($0) }
    if configuration.command == nil {
      let (job, trials) = (job, trials)
      plan.lastStepOf = { try? job.job(for: $0).training.lastStep }
      if job.configuration.runCount == 1 {
        plan.checkpointPath = { trials.checkpointPath(trial: $0, run: 0) }
      }
      plan.groupsSpanNodes = (try? trainingExample()?.distribution.sharesMemory) == false
    }
    return plan
  }

  /// Throws when something cannot be written, before it costs a trial.
  func checkFiles() throws {
    for (key, name) in [
      ("search.journal", files.journal), ("search.table", files.table),
      ("search.report", files.report),
    ] {
      try OutputFiles.checkWritable(name, key: key, exitCodes: SearchFiles.exitCodes)
    }
  }

  /// The best trial's model under the job's own name.
  func copyBest(_ best: Trial?) throws -> String? {
    guard let best else { return nil }
    let model = try job.job(for: best.parameters).output.model
    var runs = [-1] + Array(0..<configuration.runCount)
    if case .list(let values)? = best.userAttributes["runs"]?.kind, configuration.foldCount == 1 {
      let sign = configuration.directions[0].sign
      let sorted = values.compactMap(\.number).enumerated().sorted {
        $0.element * sign < $1.element * sign
      }
      runs = sorted.map(\.offset)
    }
    for run in runs {
      let source = trials.modelPath(trial: best.number, run: run)
      guard access(source, F_OK) == 0 else { continue }
      let temporary = "\(model).tmp.\(getpid())"
      do {
        try? FileManager.default.removeItem(atPath: temporary)
        try FileManager.default.copyItem(atPath: source, toPath: temporary)
      } catch {
        throw CommandError(
          "the best model \(source) cannot be copied to \(model): \(error.localizedDescription)",
          exitCode: ExitCode.inputOutput)
      }
      guard rename(temporary, model) == 0 else {
        let reason = String(cString: strerror(errno))
        unlink(temporary)
        throw CommandError(
          "the best model \(source) cannot be renamed to \(model): \(reason)",
          exitCode: ExitCode.inputOutput)
      }
      return model
    }
    return nil
  }
}

extension PipelineConfiguration {
  /// The rows that `unknown: skip` leaves out as far as that is known before a training: those with a missing cell, and
  /// where stages come fitted from a file, those with an unknown one.
  ///
  /// Reads the columns of these stages once.
  fileprivate func leftOutRows(
    of data: DataConfiguration
  ) throws -> [(source: DataSource, rows: LeftOutRows)] {
    guard file != nil || table.contains(where: \.leavesOut) else { return [] }
    return try RowSources(data, self).all.map { ($0, try $0.leftOut(by: table)) }
      .filter { $1.count > 0 }
  }
}

extension SearchJob {
  /// The job with some parameters, for what does not depend on them.
  func example() throws -> TrainingJob {
    try job(
      for: representative
        ?? space.assignment { $0.defaultValue ?? $0.distribution.internalValue(atUnit: 0) })
  }
}
