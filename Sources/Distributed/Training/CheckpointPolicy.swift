/// How a training begins and when it saves its state on the way.
public struct CheckpointPolicy: Sendable {
  /// Where the first parameters come from.
  public enum Start: Sendable, Equatable {
    /// From the job's checkpoint when there is one.
    case resume
    /// From nothing, whatever is there.
    case fresh
    /// From the checkpoint of another training of the same network and pipeline, whose optimizer
    /// options, batch size and seed may differ: population-based training.
    case adopt(String)
  }

  /// Where the first parameters come from.
  public var start: Start
  /// An epoch's end writes a checkpoint when the last one is at least so many seconds old; a stop
  /// always writes one.
  public var seconds: Double

  /// Whether the last checkpoint stays when the model file is written: another training may begin
  /// from it.
  public var keepsCheckpoint: Bool

  /// Makes a policy; by default what `sounder train` does: resume, save after every epoch, and
  /// leave nothing but the model file.
  public init(start: Start = .resume, seconds: Double = 0, keepsCheckpoint: Bool = false) {
    self.start = start
    self.seconds = seconds
    self.keepsCheckpoint = keepsCheckpoint
  }

  func isDue(since last: Double) -> Bool { Clock.now - last >= seconds }

  /// Whether a part of an epoch, `training.validations_per_epoch`, writes one.
  func isPartDue(since last: Double, _ output: OutputConfiguration) -> Bool {
    keepsCheckpoint ? isDue(since: last) : Clock.now - last >= output.checkpointSeconds
  }
}
