package import Configuration
package import Distributed

/// Where the workers' time went, in one line and as JSON.
package struct UsageSummary {
  private let ranks: [RankUsage]
  /// The workers' shares of their time.
  let shares: UsageShares

  /// Nil where no worker has trained.
  package init?(_ ranks: [RankUsage]) {
    guard let shares = UsageShares(ranks) else { return nil }
    self.ranks = ranks
    self.shares = shares
  }

  /// In words: `time of 2 workers: 91.2 % computing, …; 98 % of a core and 61.0 MiB each`.
  package var line: String {
    func percent(_ share: Double) -> String { Figures.fixed(100 * share, 1) + " %" }
    let workers = shares.workerCount == 1 ? "the worker" : "\(shares.workerCount) workers"
    let parts = [
      (shares.compute, "computing"), (shares.read, "reading"),
      (shares.communicate, "communicating"), (shares.wait, "waiting"),
    ].map { "\(percent($0.0)) \($0.1)" }
    let each = shares.workerCount == 1 ? "" : " each"
    return "time of \(workers): \(parts.joined(separator: ", ")); "
      + "\(Figures.fixed(100 * shares.cpu, 0)) % of a core and "
      + "\(Figures.bytes(shares.residentByteCount))\(each), "
      + "\(Figures.bytes(Int(shares.bytesPerStep.rounded()))) exchanged a step"
  }

  /// What `--json` says at the end of a training.
  package var entries: [Value.Entry] {
    [
      .init("ranks", Value(.list(ranks.map(\.value)))),
      .init("time_shares", shares.value),
      .init("bytes_per_step", Value(.number(shares.bytesPerStep))),
    ]
  }
}
