public import Configuration

/// A study that cannot go on: what was asked, what was found, what to do, in one line.
public struct StudyError: ExitCoded, Sendable {
  /// The line.
  public let description: String
  /// The program's exit code, 65 unless said otherwise.
  public let exitCode: Int32

  /// Makes an error.
  public init(_ description: String, exitCode: Int32 = ExitCode.data) {
    self.description = String(description.map { $0.isNewline ? " " : $0 })
    self.exitCode = exitCode
  }
}
