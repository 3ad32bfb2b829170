/// What a rank does at a moment of a training; a moment belongs to one phase.
enum Phase: Int, CaseIterable {
  /// Waiting for rows: reading, converting and the pipeline's stages.
  case read
  /// Forward and backward, with updates of weights within the backward pass.
  case compute
  /// Exchanging weights and gradients with others.
  case communicate
  /// Waiting for others at the end of an epoch or of a part of one, or since a staleness bound wants it.
  case wait
  /// Validating, until all have done so.
  case validate
  /// Copying the weights and writing a checkpoint.
  case checkpoint
  /// Anything else: callbacks, verdicts, files of history.
  case other

  /// Whether waiting for a lock and reductions count here: within a worker's steps.
  var isOfSteps: Bool { rawValue <= Phase.communicate.rawValue }

  /// The name of its events in a trace; nil: it has none.
  var eventName: String? {
    self == .other ? nil : "\(self)"
  }
}
