package import Configuration

/// Workers train by themselves for `interval` steps; then the mean of their changes is one step of an outer
/// optimizer with Nesterov's momentum.
///
/// Douillard et al. (2023), "DiLoCo", https://arxiv.org/abs/2311.08105, algorithm 1; with
/// `outer_learning_rate` 1 and `outer_momentum` 0 the local SGD of Stich (2018),
/// https://arxiv.org/abs/1805.09767.
package struct LocalSGDMode: ExchangeMode {
  package static let name = "localsgd"
  package static let sharesMemory = false
  package static let keepsStateInMemory = true

  /// `interval`: the paper's H.
  package let interval: Int
  /// `outer_learning_rate`.
  package let rate: Double
  /// `outer_momentum`.
  package let momentum: Double

  package init(options: inout Options) throws(ConfigurationError) {
    interval = try options.interval(default: 50)
    rate = try options.number("outer_learning_rate", default: 0.7, in: 0...10)
    momentum = try options.number("outer_momentum", default: 0.9, in: 0...1)
  }

  package var entries: [Value.Entry] {
    [
      .init("interval", Value(.int(interval))),
      .init("outer_learning_rate", Value(.number(rate))),
      .init("outer_momentum", Value(.number(momentum))),
    ]
  }

  package var changesWeights: Bool { true }

  package func optimizerSteps(batchCounts: [Int]) -> Int { batchCounts.max() ?? 0 }

  package func ownFloats(slotCount: Int) -> Int { 4 + slotCount }

  package func exchange(_ parts: ExchangeParts) -> any Exchange {
    LocalSGDExchange(parts, interval: interval, rate: Float(rate), momentum: Float(momentum))
  }
}
