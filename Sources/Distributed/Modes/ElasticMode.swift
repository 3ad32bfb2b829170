internal import CKernels
package import Configuration

/// A spring between each worker's weights and the shared ones.
///
/// Zhang, Choromanska and LeCun (2015), "Deep learning with Elastic Averaging SGD", algorithm 1.
package struct ElasticMode: ExchangeMode {
  package static let name = "easgd"
  package static let sharesMemory = true
  package static let keepsStateInMemory = false

  /// `interval`: steps between two meetings.
  package let interval: Int
  /// `elastic_force`: beta of the paper; a meeting closes beta/n of the distance, with n workers.
  package let force: Double

  package init(options: inout Options) throws(ConfigurationError) {
    interval = try options.interval(default: 16)
    force = try options.number("elastic_force", default: 0.9, in: 0...1)
  }

  package var entries: [Value.Entry] {
    [.init("interval", Value(.int(interval))), .init("elastic_force", Value(.number(force)))]
  }

  package var changesWeights: Bool { true }

  package func optimizerSteps(batchCounts: [Int]) -> Int { batchCounts.max() ?? 0 }

  package func ownFloats(slotCount: Int) -> Int { 1 + slotCount }

  package func exchange(_ parts: ExchangeParts) -> any Exchange {
    ReplicaExchange(parts, interval: interval) {
      ElasticMeeting($0, alpha: Float(force) / Float(parts.workerCount))
    }
  }
}

/// The elastic force between a worker's weights and the shared ones; see `ElasticMode`.
struct ElasticMeeting: Meeting {
  static let layout = "elastic"
  static let leavesWork = false
  private let replica: Replica
  private let alpha: Float

  init(_ replica: Replica, alpha: Float) {
    self.replica = replica
    self.alpha = alpha
  }

  var blocks: [UnsafeMutableBufferPointer<Float>] { [] }

  func begin() {}

  func meet(shared: UnsafeMutablePointer<Float>, others: Int) {
    ck_elastic(replica.trainedCount, alpha, replica.weights.start, shared)
  }
}
