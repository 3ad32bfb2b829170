public import Configuration

/// A training, evaluation or prediction that cannot go on: what was found and what to do.
public struct DistributedError: ExitCoded, Sendable {
  /// One line.
  public let description: String
  /// The exit code, after sysexits.
  public let exitCode: Int32
  /// What was found, where the job ends since a rank hangs and a checkpoint may still be written; nil
  /// otherwise.
  let hang: String?

  /// Makes an error; by default the data or the job file are at fault.
  public init(_ description: String, exitCode: Int32 = ExitCode.data) {
    self.description = description
    self.exitCode = exitCode
    hang = nil
  }

  /// Makes the error of a job that must end since a rank hangs.
  init(
    hang finding: String, _ advice: String = "start the job again, it resumes from its checkpoint"
  ) {
    description = "\(finding); \(advice)"
    exitCode = ExitCode.fault
    hang = finding
  }
}
