internal import Configuration
internal import Distributed
internal import HyperOpt
private import FoundationEssentials
private import Glibc
private import HDF5
private import Pipeline

/// A search whose trials are job steps, under a coordinator that is no rank.
extension SearchRun {
  /// Runs until the search is over.
  ///
  /// - Parameters:
  ///   - ranks: Slots on this machine; nil: those of the Slurm job, or as many as one trial needs.
  ///   - options: How the command line changed the job file: the trials' command lines say the same.
  ///   - display: Told what happens.
  /// - Returns: The exit code.
  /// - Throws: What the command ends with.
  func runSteps(ranks: Int?, options: JobOptions, display: SearchDisplay) throws -> Int32 {
    let launched = LaunchEnvironment()
    guard !launched.isLaunched || launched.size == 1 else {
      throw CommandError.usage(
        "a search in steps starts the ranks of its trials itself: run it without mpirun or srun, "
          + "with --ranks N or in a Slurm job")
    }
    let slots = try slots(ranks)
    try checkFiles()
    if usesTrialFolder { try trials.prepare() }
    let earlier = try earlierStudy()
    try Coordinator.requireRoom(
      self.plan(trialLimit: nil, ranks: .max), in: slots, space: job.space)
    let isOver = !leavesTrials(earlier)
    let converted = isOver ? nil : try convert(with: LoneImporter(), display, speaks: true)
    // Steps that read them have ended when the search is over.
    defer {
      if let path = converted?.notePath { unlink(path) }
      converted?.remove()
    }
    let study = try openStudy(earlier, isOver: isOver, reading: converted, display)
    let owner = StudyOwner(journal: configuration.files.journal)
    defer { owner.leave() }
    let plan = plan(trialLimit: try trialLimit(study), ranks: .max)
    var search = StepSearch(plan, program: try program(options, converted), slots: slots)
    search.seed = configuration.seed
    search.owner = owner.name
    search.usesMPI = configuration.command?.usesMPI ?? false
    if configuration.command == nil {
      // A step of a training may be long, and a checkpoint takes its time.
      search.graceSeconds = 60
      search.discard = { trials.discard($0) }
    }
    if let converted { search.naming = { converted.named($0) } }
    search.checkpoint = { trials.checkpointPath(trial: $0, run: $1) }
    search.remainingSeconds = { RemainingTime.now() }
    let output = SearchOutput(study, job: job, title: path)
    search.tick = {
      owner.touch()
      output.refresh()
    }
    let result: SearchReport
    do {
      result = try search.run(
        study, unfinished: owner.orphans(in: study.history), observer: display)
    } catch {
      display.clear()
      throw error
    }
    return try finish(result, study, output, display)
  }

  private func slots(_ ranks: Int?) throws(StudyError) -> [Slot] {
    if let ranks { return StepSlots.machine(ranks) }
    if let slots = try StepSlots.allocation() { return slots }
    switch configuration.ranksPerTrial {
    case .fixed(let count): return StepSlots.machine(count)
    case .range(let range): return StepSlots.machine(range.lowerBound)
    case .searched(let name):
      let ranks = job.space.parameters.first { $0.name == name }.flatMap { parameter in
        parameter.distribution.value(of: parameter.distribution.internalValue(atUnit: 1)).int
      }
      return StepSlots.machine(ranks ?? 1)
    }
  }

  private func program(
    _ options: JobOptions, _ converted: ConvertedJobData?
  ) throws -> StepSearch.Program {
    guard let command = configuration.command else {
      var words = ["trial", path]
      for text in options.overrides { words += ["--set", text] }
      if let seed = options.seed { words += ["--seed", "\(seed)"] }
      if let converted, let path = converted.notePath {
        // Of thousands of files the names are more than an argument may be long.
        let text = converted.data.value.json
        try AtomicFile.replace(path) { try Data(text.utf8).write(to: URL(fileURLWithPath: $0)) }
        words += ["--reading", path]
      }
      return .trial(words)
    }
    let job = job
    return .command(try CommandTemplate(command.text), command.report) {
      try job.commandValues(for: $0)
    }
  }

  /// A command keeps files only where it asks for a place.
  private var usesTrialFolder: Bool {
    configuration.command.map { $0.text.contains("{checkpoint}") } ?? true
  }
}
