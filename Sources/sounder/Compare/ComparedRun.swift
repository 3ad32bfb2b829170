private import Configuration
package import Distributed

/// One training of a comparison and what came of it.
package struct ComparedRun {
  /// How the workers meet.
  package let mode: any ExchangeMode
  /// The number of ranks.
  package let rankCount: Int
  /// What it trains; nil where the job cannot be read.
  package var job: TrainingJob?
  /// Keys of the job's `distribution` that the mode refuses, and that are left out.
  package var droppedKeys: [String] = []
  /// The epochs that it made.
  package var history: [EpochRecord] = []
  /// Seconds of training and validation.
  package var seconds = 0.0
  /// Rows that it trained on.
  package var sampleCount = 0
  /// Mode and exchange in words.
  package var exchange = ""
  /// The staleness of its updates; nil where there is none.
  package var staleness: (mean: Double, p95: Int)?
  /// How many updates were how stale; nil where it is not told.
  package var histogram: StalenessHistogram?
  /// What its nodes exchanged; nil where all workers were on one.
  package var nodes: NodeExchange?
  /// Where its workers' time went; nil when it did not get there.
  package var shares: UsageShares?
  /// All of its ranks.
  package var ranks: [RankUsage] = []
  /// The figures of its result, by name.
  package var figures: [EpochRecord.Result] = []
  /// Why there is no result; nil: there is one.
  package var failure: String?
  /// The exit code of the training.
  package var exitCode: Int32 = 0

  /// A training that has not run.
  package init(mode: any ExchangeMode, rankCount: Int) {
    self.mode = mode
    self.rankCount = rankCount
  }

  /// Takes what `sounder train --json` has printed, line by line.
  package mutating func read(_ output: String) {
    for line in output.split(separator: "\n") {
      guard let value = try? Value(json: String(line)),
        case .string(let event)? = value["event"]?.kind
      else { continue }
      switch event {
      case "epoch": history.append(Self.record(value))
      case "finished": finish(value)
      default: break
      }
    }
    if failure == nil, shares == nil { failure = "it ended without a result" }
  }

  private static func record(_ value: Value) -> EpochRecord {
    EpochRecord(
      epoch: value["epoch"]?.int ?? 0, seconds: value["seconds"]?.number ?? 0,
      samplesPerSecond: value["samples_per_second"]?.number ?? 0,
      values: figures(value, without: ["event", "epoch", "seconds", "samples_per_second"]))
  }

  private static func figures(_ value: Value, without others: Set<String>) -> [EpochRecord.Result] {
    guard case .map(let entries) = value.kind else { return [] }
    return entries.compactMap { entry in
      guard !others.contains(entry.key), let number = entry.value.number else { return nil }
      return .init(name: entry.key, value: number)
    }
  }

  private mutating func finish(_ value: Value) {
    seconds = value["compute_seconds"]?.number ?? 0
    sampleCount = value["samples"]?.int ?? 0
    if case .string(let words)? = value["exchange"]?.kind { exchange = words }
    if let mean = value["staleness_mean"]?.number, let p95 = value["staleness_p95"]?.int {
      staleness = (mean, p95)
    }
    histogram = StalenessHistogram(value["staleness_counts"])
    if case .list(let items)? = value["ranks"]?.kind { ranks = items.map(RankUsage.init) }
    shares = UsageShares(ranks)
    nodes = shares.flatMap { NodeExchange(value, shares: $0, ranks: ranks, job: job) }
    let names = Set(history.last?.values.map(\.name) ?? [])
    figures = Self.figures(value, without: []).filter { names.contains($0.name) }
  }

  /// The mode's name, with those options that are not its defaults: `easgd interval 8`.
  package var modeWords: String {
    let type = type(of: mode)
    var defaults: [Value.Entry] = []
    // Every option has a default.
    if var none = try? Options(Value(.null)) {
      defaults = (try? type.init(options: &none))?.entries ?? []
    }
    let changed = mode.entries.filter { entry in
      defaults.first { $0.key == entry.key }?.value != entry.value
    }
    return ([type.name] + changed.map { "\($0.key) \($0.value.summary)" }).joined(separator: " ")
  }

  /// The run in a few words: `hogwild, 3 ranks`.
  package var name: String { "\(modeWords), \(rankCount) \(rankCount == 1 ? "rank" : "ranks")" }

  /// The begin of its files' names: `hogwild-3`, `easgd-interval-8-3`.
  package var stem: String {
    let text = modeWords.map { $0.isLetter || $0.isNumber || "._".contains($0) ? $0 : "-" }
    return String(text) + "-\(rankCount)"
  }

  /// Rows per second of all workers together while they trained.
  package var samplesPerSecond: Double { shares?.samplesPerSecond ?? 0 }

  /// The seconds of a step's computing; nil where they cannot be told.
  var computePerStep: Double? { shares.flatMap { $0.tellsSteps ? $0.computePerStep : nil } }
}
