package import Configuration

/// The server has the optimizer; workers push gradients and pull parameters, each every so many steps.
///
/// Dean et al. (2012), "Large Scale Distributed Deep Networks", section 4.1 and appendix, algorithm 7.1; the
/// worker's step on its old copy is one of the job's optimizer where the paper has plain gradient descent.
package struct DownpourMode: ExchangeMode {
  package static let name = "downpour"
  package static let sharesMemory = true
  package static let keepsStateInMemory = true
  package static let correctsStaleness = true

  /// `push_interval`: the steps whose gradients are added up to one update.
  package let pushInterval: Int
  /// `pull_interval`: the steps for which a worker goes on with what it has read.
  package let pullInterval: Int

  package init(options: inout Options) throws(ConfigurationError) {
    pushInterval = try options.int("push_interval", default: 1, in: 1...1_000_000)
    pullInterval = try options.int("pull_interval", default: 1, in: 1...1_000_000)
  }

  package var entries: [Value.Entry] {
    [
      .init("push_interval", Value(.int(pushInterval))),
      .init("pull_interval", Value(.int(pullInterval))),
    ]
  }

  package var changesWeights: Bool { pullInterval > 1 }

  package func optimizerSteps(batchCounts: [Int]) -> Int {
    batchCounts.reduce(0) { $0 + ($1 + pushInterval - 1) / pushInterval }
  }

  package func ownFloats(slotCount: Int) -> Int {
    1 + (pushInterval > 1 || pullInterval > 1 ? 1 : 0) + (pullInterval > 1 ? slotCount : 0)
  }

  package func exchange(_ parts: ExchangeParts) -> any Exchange {
    DownpourExchange(parts, pushInterval: pushInterval, pullInterval: pullInterval)
  }
}
