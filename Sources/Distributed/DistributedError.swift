public import Configuration

/// A training, evaluation or prediction that cannot go on: what was found and what to do.
public struct DistributedError: ExitCoded, Sendable {
  /// One line.
  public let description: String
  /// The exit code, after sysexits.
  public let exitCode: Int32

  /// Makes an error; by default the data or the job file are at fault.
  public init(_ description: String, exitCode: Int32 = ExitCode.data) {
    self.description = description
    self.exitCode = exitCode
  }
}
