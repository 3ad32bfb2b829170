internal import Configuration
private import Distributed
private import HyperOpt

/// What a comparison trains: one job file for each mode and number of ranks.
struct ComparePlan {
  /// The trainings, none of which has run.
  private(set) var runs: [ComparedRun]
  private let base: Value
  private let folder: String

  /// Takes the job, the modes as the command line names them (nil: all), the numbers of ranks, and where the
  /// trainings write.
  ///
  /// - Throws: `CommandError` for a mode or a number of ranks that there is not.
  init(_ job: Value, modes: String?, ranks: String, folder: String) throws {
    self.folder = folder
    base = try SearchJob.defaultValue(job)
    let ranks = try ListOption.counts(ranks, "--ranks", in: 1...4096)
    let own = try base["distribution"]?["mode"].map {
      try ModeRegistry.mode($0, at: ["distribution", "mode"])
    }
    let modes = try modes.flatMap(ListOption.modes) ?? ListOption.allModes(own)
    var runs: [ComparedRun] = []
    for mode in modes {
      for count in ranks { runs.append(ComparedRun(mode: mode, rankCount: count)) }
    }
    let stems = runs.map(\.stem)
    if let twice = stems.first(where: { stem in stems.count { $0 == stem } > 1 }) {
      throw CommandError.usage("\(twice) is there twice: name each mode and number of ranks once")
    }
    self.runs = []
    self.runs = runs.map(read)
  }

  /// Reads a run's job, without those keys of `distribution` that its mode refuses; what cannot be read has failed.
  ///
  /// The job itself is known to be one, in its own mode.
  private func read(_ run: ComparedRun) -> ComparedRun {
    var run = run
    while true {
      do throws(ConfigurationError) {
        run.job = try TrainingJob(value: value(of: run))
        return run
      } catch {
        guard error.keyPath.count == 2, error.keyPath[0] == "distribution",
          error.keyPath[1] != "mode", !run.droppedKeys.contains(error.keyPath[1]),
          base["distribution"]?[error.keyPath[1]] != nil
        else {
          (run.failure, run.exitCode) = (error.description, ExitCode.data)
          return run
        }
        run.droppedKeys.append(error.keyPath[1])
      }
    }
  }

  /// The job file of one run.
  func text(of run: ComparedRun) -> String { value(of: run).json + "\n" }

  /// The budget is the same for all: what would end a training early is left out.
  private func value(of run: ComparedRun) -> Value {
    var job = base
    job.remove(["training", "early_stopping"])
    job.remove(["training", "target"])
    for key in ["checkpoint", "history_csv", "history_json"] { job.remove(["output", key]) }
    for key in run.droppedKeys { job.remove(["distribution", key]) }
    job.set(["distribution", "mode"], run.mode.namedValue)
    job.set(["output", "model"], Value(.string("\(folder)/\(run.stem).h5")))
    return job
  }
}

extension Value {
  /// Takes a key out, where it is there.
  fileprivate mutating func remove(_ path: [String]) { change(path[...], nil) }

  /// Puts a value in, and maps that are missing on the way.
  fileprivate mutating func set(_ path: [String], _ value: Value) { change(path[...], value) }

  private mutating func change(_ path: ArraySlice<String>, _ value: Value?) {
    guard let key = path.first else { return }
    var entries: [Entry] = if case .map(let entries) = kind { entries } else { [] }
    let place = entries.firstIndex { $0.key == key }
    if path.count == 1 {
      if let place { entries.remove(at: place) }
      if let value { entries.append(Entry(key, value)) }
    } else if let place {
      entries[place].value.change(path.dropFirst(), value)
    } else if value != nil {
      var child = Value(.map([]))
      child.change(path.dropFirst(), value)
      entries.append(Entry(key, child))
    } else {
      return
    }
    kind = .map(entries)
  }
}
