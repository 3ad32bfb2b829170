internal import Distributed

/// Tells the coordinator what a part of an epoch gave, and the training what becomes of it.
final class TrialObserver: TrainingObserver {
  private let trial: GroupTrial
  private let keepsModel: Bool

  /// Watches the training of `trial`; with `keepsModel` it ends with its model, whoever wants that.
  init(_ trial: GroupTrial, keepsModel: Bool = false) {
    self.trial = trial
    self.keepsModel = keepsModel
  }

  func note(_ line: String) {}
  func progress(_ progress: TrainingProgress) {}
  func epochEnded(_ record: EpochRecord) {}

  let givesVerdicts = true

  var wantsStop: Bool { trial.stopIsRequested }

  func verdict(after record: EpochRecord) throws -> EpochVerdict {
    switch try trial.report(step: record.step, record.figures) {
    case .proceed: .proceed
    case .discard: keepsModel ? .proceed : .discard
    case .stop: .stop
    }
  }
}
