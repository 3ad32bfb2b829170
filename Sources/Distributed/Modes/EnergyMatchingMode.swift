internal import CKernels
package import Configuration

/// Gradient energy matching: a worker scales what it pushes so that all workers together move as one with
/// momentum would.
///
/// Hermans and Louppe (2018), "Gradient Energy Matching for Distributed Asynchronous Gradient Descent",
/// https://arxiv.org/abs/1805.08469; the factor is kept within 0 and 5 as in NNLO.
package struct EnergyMatchingMode: ExchangeMode {
  package static let name = "gem"
  package static let sharesMemory = true
  package static let keepsStateInMemory = false

  /// `interval`: steps between two meetings.
  package let interval: Int
  /// `momentum`: that of the one that is imitated.
  package let momentum: Double
  /// `kappa`: what its energy is multiplied by.
  package let kappa: Double

  package init(options: inout Options) throws(ConfigurationError) {
    interval = try options.interval(default: 1)
    momentum = try options.number("momentum", default: 0.9, in: 0...1)
    kappa = try options.number("kappa", default: 2, in: 0...1e6)
  }

  package var entries: [Value.Entry] {
    [
      .init("interval", Value(.int(interval))), .init("momentum", Value(.number(momentum))),
      .init("kappa", Value(.number(kappa))),
    ]
  }

  package var changesWeights: Bool { true }

  package func optimizerSteps(batchCounts: [Int]) -> Int { batchCounts.max() ?? 0 }

  package func ownFloats(slotCount: Int) -> Int { 4 + slotCount }

  package func exchange(_ parts: ExchangeParts) -> any Exchange {
    ReplicaExchange(parts, interval: interval) {
      EnergyMeeting($0, momentum: Float(momentum), kappa: Float(kappa))
    }
  }
}

/// Gradient energy matching; see `EnergyMatchingMode`.
struct EnergyMeeting: Meeting {
  static let layout = "energy"
  static let leavesWork = true
  private let replica: Replica
  private let momentum: Float
  private let kappa: Float
  /// The weights after the last meeting.
  private let start: UnsafeMutableBufferPointer<Float>
  /// The shared weights as the last meeting found them.
  private let seen: UnsafeMutableBufferPointer<Float>
  /// The movement that is imitated.
  private let moment: UnsafeMutableBufferPointer<Float>

  init(_ replica: Replica, momentum: Float, kappa: Float) {
    self.replica = replica
    self.momentum = momentum
    self.kappa = kappa
    start = replica.block()
    seen = replica.block()
    moment = replica.block()
  }

  var blocks: [UnsafeMutableBufferPointer<Float>] { [start, seen, moment] }

  func begin() {
    for block in [start, seen] {
      block.start.update(from: replica.weights.start, count: replica.trainedCount)
    }
  }

  func meet(shared: UnsafeMutablePointer<Float>, others: Int) {
    ck_match_energy(
      replica.trainedCount, momentum, kappa, replica.weights.start, start.start, seen.start,
      moment.start, shared)
  }
}
