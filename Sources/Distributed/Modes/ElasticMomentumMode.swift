internal import CKernels
package import Configuration

/// The spring of `ElasticMode` with Nesterov's momentum over the worker's steps: the paper's EAMSGD,
/// algorithm 2.
package struct ElasticMomentumMode: ExchangeMode {
  package static let name = "eamsgd"
  package static let sharesMemory = true
  package static let keepsStateInMemory = false

  /// See `ElasticMode`.
  package let interval: Int
  /// See `ElasticMode`.
  package let force: Double
  /// `momentum`: delta of the paper.
  package let momentum: Double

  package init(options: inout Options) throws(ConfigurationError) {
    interval = try options.interval(default: 16)
    force = try options.number("elastic_force", default: 0.9, in: 0...1)
    momentum = try options.number("momentum", default: 0.9, in: 0...1)
  }

  package var entries: [Value.Entry] {
    [
      .init("interval", Value(.int(interval))), .init("elastic_force", Value(.number(force))),
      .init("momentum", Value(.number(momentum))),
    ]
  }

  package var changesWeights: Bool { true }

  package func optimizerSteps(batchCounts: [Int]) -> Int { batchCounts.max() ?? 0 }

  package func ownFloats(slotCount: Int) -> Int { 3 + slotCount }

  package func exchange(_ parts: ExchangeParts) -> any Exchange {
    ReplicaExchange(parts, interval: interval) {
      ElasticMomentumMeeting(
        $0, alpha: Float(force) / Float(parts.workerCount), momentum: Float(momentum))
    }
  }
}

/// The elastic force, and momentum over the steps of the worker's optimizer; see `ElasticMomentumMode`.
///
/// The paper has weights x and takes gradients at x + momentum v. The network computes on the replica's
/// weights, so these are x + momentum v, and only the force looks at x.
struct ElasticMomentumMeeting: Meeting {
  static let layout = "elastic momentum"
  static let leavesWork = false
  private let replica: Replica
  private let alpha: Float
  private let momentum: Float
  /// The weights before a step.
  private let start: UnsafeMutableBufferPointer<Float>
  /// The paper's v.
  private let velocity: UnsafeMutableBufferPointer<Float>

  init(_ replica: Replica, alpha: Float, momentum: Float) {
    self.replica = replica
    self.alpha = alpha
    self.momentum = momentum
    start = replica.block()
    velocity = replica.block()
  }

  var blocks: [UnsafeMutableBufferPointer<Float>] { [start, velocity] }

  func begin() { start.start.update(from: replica.weights.start, count: replica.trainedCount) }

  func stepped() {
    ck_add_momentum(
      replica.trainedCount, momentum, start.start, velocity.start, replica.weights.start)
  }

  func meet(shared: UnsafeMutablePointer<Float>, others: Int) {
    ck_elastic_ahead(
      replica.trainedCount, alpha, momentum, velocity.start, replica.weights.start, start.start,
      shared)
  }
}
