public import Configuration

/// A network that cannot be built, read or written: which part, what is wrong, what to do.
public struct NetworkError: ExitCoded, Sendable {
  /// One line: which layer or file, what was found, what would be right.
  public var description: String
  /// 65 for a network that a user described wrongly, 70 for a fault of a library.
  public var exitCode: Int32

  /// Makes an error; the code is 65 unless the fault is the program's own.
  public init(_ message: String, exitCode: Int32 = ExitCode.data) {
    description = message
    self.exitCode = exitCode
  }
}
