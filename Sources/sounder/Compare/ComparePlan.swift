internal import Configuration
private import Distributed
private import HyperOpt

/// What a comparison trains: one job file for each mode and number of ranks.
struct ComparePlan {
  /// The trainings, none of which has run.
  let runs: [ComparedRun]
  private let base: Value

  /// Takes the job, the modes as the command line names them (nil: all) and the numbers of ranks.
  ///
  /// - Throws: `CommandError` for a mode or a number of ranks that there is not.
  init(_ job: Value, modes: String?, ranks: String) throws {
    base = try SearchJob.defaultValue(job)
    let ranks = try Self.ranks(ranks)
    let modes = try modes.map(Self.modes) ?? Self.allModes(base)
    var runs: [ComparedRun] = []
    for mode in modes {
      for count in ranks { runs.append(ComparedRun(mode: mode, rankCount: count)) }
    }
    let stems = runs.map(\.stem)
    if let twice = stems.first(where: { stem in stems.count { $0 == stem } > 1 }) {
      throw CommandError.usage("\(twice) is there twice: name each mode and number of ranks once")
    }
    self.runs = runs
  }

  /// `hogwild, easgd: {interval: 8}`: a list of YAML without its brackets.
  private static func modes(_ text: String) throws -> [any ExchangeMode] {
    let tree = try? Value(yaml: "[\(text)]", file: "--modes")
    guard case .list(let items)? = tree?.kind, !items.isEmpty else {
      throw CommandError.usage(
        "--modes \(text) is no list of modes: name them as in hogwild,sync or \"hogwild, easgd: "
          + "{interval: 8}\"")
    }
    return try items.map { item in
      do { return try ModeRegistry.mode(item, at: ["--modes"]) } catch {
        throw CommandError.usage("\(error)")
      }
    }
  }

  /// All modes, with the job's options where one of them is the job's.
  private static func allModes(_ job: Value) throws -> [any ExchangeMode] {
    let own = try job["distribution"]?["mode"].map {
      try ModeRegistry.mode($0, at: ["distribution", "mode"])
    }
    return try ModeRegistry.all.map { type in
      if let own, Swift.type(of: own) == type { return own }
      var none = try Options(Value(.null))
      return try type.init(options: &none)
    }
  }

  private static func ranks(_ text: String) throws(CommandError) -> [Int] {
    let counts = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      Int(part.filter { $0 != " " })
    }
    var ranks: [Int] = []
    for count in counts {
      guard let count, (1...4096).contains(count) else {
        throw CommandError.usage(
          "--ranks \(text) is no list of numbers between 1 and 4096: name them as in 2,3")
      }
      ranks.append(count)
    }
    return ranks
  }

  /// The job file of one run, which writes into `folder`.
  ///
  /// The budget is the same for all: what would end a training early is left out.
  func text(of run: ComparedRun, folder: String) throws -> String {
    var job = base
    job.remove(["training", "early_stopping"])
    job.remove(["training", "target"])
    for key in ["checkpoint", "history_csv", "history_json"] { job.remove(["output", key]) }
    if !(run.mode is HogwildMode) { job.remove(["distribution", "exchange"]) }
    job.set(["distribution", "mode"], run.mode.namedValue)
    job.set(["output", "model"], Value(.string("\(folder)/\(run.stem).h5")))
    return job.json + "\n"
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
