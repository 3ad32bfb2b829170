/// Takes part in a training from Swift: told of every epoch on rank 0 and on every worker, and may end the
/// training.
///
/// Each rank makes its own callbacks and gives as many as the others to `Trainer.run`. Workers and rank 0 hear
/// of an epoch's end with the same record, after it was validated and its checkpoint written: the
/// ranks that train between two batches, rank 0 when the message reaches it. Servers behind rank 0
/// (`distribution.servers`) are never called. A callback may use communicators of its own making, without these
/// servers, not the training's.
public protocol TrainingCallback: AnyObject {
  /// An epoch begins, or the rest of an interrupted one; counted from 1.
  func epochBegan(_ epoch: Int) throws
  /// Figures were measured: after every whole epoch, and after every part of one
  /// (`training.validations_per_epoch`).
  func validated(_ record: EpochRecord) throws
  /// A whole epoch is over; follows its `validated`.
  func epochEnded(_ record: EpochRecord) throws
  /// Whether the training is to end as it does after its last epoch, with a model file; asked after
  /// every `epochEnded`. One rank's wish is enough.
  var wantsStop: Bool { get }
}

extension TrainingCallback {
  /// Does nothing.
  public func epochBegan(_ epoch: Int) throws {}
  /// Does nothing.
  public func validated(_ record: EpochRecord) throws {}
  /// Does nothing.
  public func epochEnded(_ record: EpochRecord) throws {}
  /// Never.
  public var wantsStop: Bool { false }
}

/// All callbacks of a rank.
struct Callbacks {
  private let all: [any TrainingCallback]

  init(_ all: [any TrainingCallback]) { self.all = all }

  var isEmpty: Bool { all.isEmpty }

  func began(_ epoch: Int) throws {
    for callback in all { try callback.epochBegan(epoch) }
  }

  /// Tells of a whole epoch or a part of one.
  func ended(_ record: EpochRecord) throws {
    for callback in all { try callback.validated(record) }
    guard record.isWhole else { return }
    for callback in all { try callback.epochEnded(record) }
  }

  var wantStop: Bool { all.contains { $0.wantsStop } }
}
