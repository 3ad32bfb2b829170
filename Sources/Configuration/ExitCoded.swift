/// An error that knows the exit code of the program that ends with it.
///
/// Its description is one line: what was asked, what was found, what to do.
public protocol ExitCoded: Error, CustomStringConvertible {
  /// The code, after sysexits: see `ExitCode`.
  var exitCode: Int32 { get }
}

/// The exit codes of `sounder`, after BSD's sysexits.
public enum ExitCode {
  /// The command line cannot be understood.
  public static let usage: Int32 = 64
  /// The job file or the data are wrong.
  public static let data: Int32 = 65
  /// A file or data set that was named is not there.
  public static let missingInput: Int32 = 66
  /// A fault of the program itself or of a library.
  public static let fault: Int32 = 70
  /// Reading or writing failed: no space, no permission, a broken disk.
  public static let inputOutput: Int32 = 74
  /// Stopped early with a checkpoint: the same command resumes.
  public static let stoppedEarly: Int32 = 75
}

extension ConfigurationError: ExitCoded {
  /// 65, or 64 when the setting came from the command line.
  public var exitCode: Int32 {
    if case .override = origin { return ExitCode.usage }
    return ExitCode.data
  }
}
