/// What a simulated training reaches, and what keeps it from more.
package struct SimulatedFigures: Sendable, Equatable {
  /// Rows per second of all workers together.
  package var samplesPerSecond: Double
  /// `samplesPerSecond` over what as many workers reach that train each by itself.
  package var efficiency: Double
  /// Steps of a node's first worker between two exchanges; nil: nodes do not exchange by servers.
  package var interval: Double?
  /// The part of the samples per second for which the exchanges are as many as were asked for.
  ///
  /// Below 1 the servers are saturated: workers do not wait, but nodes hear of each other more rarely.
  package var exchanged: Double
  /// Seconds from a push to its answer.
  package var answerSeconds: Double?
  /// What keeps most from the ideal.
  package var limit: Limit
  /// How much that is: a part of the ideal.
  package var limitShare: Double
  /// What the exchanges between nodes are limited by; nil while they are as many as were asked for.
  package var exchangeLimit: Limit?
  /// The standard error of the figures over them.
  package var error: Double
  /// Steps and exchanges that were simulated.
  package var eventCount: Int

  /// What a training is limited by.
  package enum Limit: String, Sendable {
    /// Nothing: workers compute.
    case compute
    /// There are more workers than cores.
    case cores
    /// Workers read and write more than the node's memory can.
    case memory
    /// Workers wait for the lock.
    case lock
    /// Copies and passes that the mode makes and a worker alone does not.
    case copies
    /// The servers' links are busy.
    case serverLink = "server link"
    /// The servers' cores are busy.
    case serverCore = "server core"
    /// The link of each node is busy.
    case nodeLink = "node link"
    /// Messages are on their way for longer than the interval.
    case latency
    /// Workers wait for the slowest.
    case barrier
    /// Workers wait for the reduction.
    case reduction = "allreduce"
  }

  /// Rows per second at the interval that was asked for: with fewer workers the servers would keep up.
  package var exchangedSamplesPerSecond: Double { samplesPerSecond * exchanged }
}
