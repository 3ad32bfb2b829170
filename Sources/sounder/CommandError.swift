internal import Configuration

/// An error of the command line itself: its text is one line that says what to do.
struct CommandError: ExitCoded {
  var description: String
  var exitCode: Int32

  init(_ description: String, exitCode: Int32) {
    self.description = description
    self.exitCode = exitCode
  }

  /// The command line cannot be understood.
  static func usage(_ description: String) -> CommandError {
    CommandError(description, exitCode: ExitCode.usage)
  }
}
