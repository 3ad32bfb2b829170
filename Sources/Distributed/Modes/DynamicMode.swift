internal import CKernels
package import Configuration

/// A worker pushes the change of its weights, divided by one more than the updates that others made
/// meanwhile.
///
/// Jiang, Cui, Zhang and Yu (2017), "Heterogeneity-aware Distributed Parameter Servers", in the form that
/// dist-keras gave it.
package struct DynamicMode: ExchangeMode {
  package static let name = "dynsgd"
  package static let sharesMemory = true
  package static let keepsStateInMemory = false

  /// `interval`: steps between two meetings.
  package let interval: Int

  package init(options: inout Options) throws(ConfigurationError) {
    interval = try options.interval(default: 5)
  }

  package var entries: [Value.Entry] { [.init("interval", Value(.int(interval)))] }

  package var changesWeights: Bool { true }

  package func optimizerSteps(batchCounts: [Int]) -> Int { batchCounts.max() ?? 0 }

  package func ownFloats(slotCount: Int) -> Int { 2 + slotCount }

  package func exchange(_ parts: ExchangeParts) -> any Exchange {
    ReplicaExchange(parts, interval: interval) { ChangeMeeting($0) }
  }
}

/// The change of a worker's weights since the last meeting, divided by its staleness plus one; see
/// `DynamicMode`.
struct ChangeMeeting: Meeting {
  static let layout = "change"
  static let leavesWork = true
  private let replica: Replica
  /// The weights after the last meeting.
  private let start: UnsafeMutableBufferPointer<Float>

  init(_ replica: Replica) {
    self.replica = replica
    start = replica.block()
  }

  var blocks: [UnsafeMutableBufferPointer<Float>] { [start] }

  func begin() { start.start.update(from: replica.weights.start, count: replica.trainedCount) }

  func meet(shared: UnsafeMutablePointer<Float>, others: Int) {
    ck_take_change(
      replica.trainedCount, 1 - 1 / Float(1 + others), replica.weights.start, start.start, shared)
  }
}
