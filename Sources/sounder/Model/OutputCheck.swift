private import Configuration
private import Distributed
private import Glibc

/// What a command asks before it writes a file that the user has named.
enum OutputCheck {
  /// An existing file is harmed by nobody who did not ask for it; an input never.
  ///
  /// - Parameters:
  ///   - output: The file to be written; - is standard output.
  ///   - overwrite: Whether a file that is there may be replaced.
  ///   - inputs: The files that are read.
  /// - Throws: `CommandError` for a file that is an input, or that is there and is not to be replaced.
  static func check(
    _ output: String, overwrite: Bool, inputs: [String]
  ) throws(CommandError) {
    guard output != "-" else { return }
    var status = stat()
    guard stat(output, &status) == 0 else { return }
    let identity = FileIdentity(output)
    for input in inputs where FileIdentity(input) == identity {
      throw .usage("--output \(output) is the input \(input): choose another name")
    }
    guard overwrite else {
      throw CommandError(
        "--output \(output) is there already: pass --overwrite to replace it, or choose another name",
        exitCode: ExitCode.inputOutput)
    }
  }
}
