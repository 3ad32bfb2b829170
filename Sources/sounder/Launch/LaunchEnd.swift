private import Configuration

/// How a job of several ranks has ended, in the terms of this program.
struct LaunchEnd {
  /// The exit code.
  var code: Int32
  /// What is to be said about it; nil where nothing is wrong, or a rank has said it.
  var failure: CommandError?
  /// Whether the user asked for an end.
  var wasAskedToStop = false
  /// What the first rank said that ended with an error; nil: none said anything.
  var rankReason: String?

  /// Whether the same command may well succeed: a rank died or met a fault.
  ///
  /// The job file, the data, a missing input and a place that cannot be written would be the same the
  /// next time; and who asked for an end got one.
  var isFault: Bool {
    let final = [
      0, ExitCode.usage, ExitCode.data, ExitCode.missingInput,
      ExitCode.inputOutput, ExitCode.stoppedEarly,
    ]
    return !wasAskedToStop && !final.contains(code)
  }

  /// The end in one clause.
  var reason: String {
    failure?.description ?? rankReason ?? "a rank ended with code \(code)"
  }

  /// The exit code.
  ///
  /// - Throws: What is to be said, with `remark` behind it.
  func result(_ remark: String = "") throws(CommandError) -> Int32 {
    guard var failure else { return code }
    failure.description += remark
    throw failure
  }
}
