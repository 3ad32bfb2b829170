private import Configuration
internal import Distributed

/// Starts a training again, from its newest good checkpoint, when a rank has died.
///
/// The launcher ends all ranks with the one that died: who starts them again stands outside of MPI.
package struct Supervisor {
  /// What starts the ranks.
  let launcher: Launcher
  /// How often they are started again.
  let mostRestarts: Int
  /// What is trained.
  let job: TrainingJob
  /// Where the trace goes; nil: none is wanted.
  let tracePath: String?
  /// Whether the user lets existing files be replaced.
  let overwrites: Bool
  /// Whether restarts are not told.
  let isQuiet: Bool

  /// Runs the job until it ends without a fault, or was started again often enough.
  ///
  /// - Returns: The last exit code.
  /// - Throws: `CommandError` as `Launcher.run` does.
  func run() throws -> Int32 {
    let given = Launcher.ownArguments
    let model = FileStamp(job.output.model)
    let checkpoint = FileStamp(job.output.checkpoint)
    // What is there later is this training's own, unless it should not have begun.
    let mayReplace =
      overwrites || OutputFiles.obstacle(job.output, tracePath: tracePath) == nil
    var arguments = given
    var restartCount = 0
    while true {
      let end = try launcher.run(arguments)
      guard end.isFault, !Self.isAskedToStop else { return try end.result() }
      if FileStamp(job.output.model) != model, !job.hasCheckpoint {
        say("the training was at its end, and \(job.output.model) is whole: \(end.reason)")
        return 0
      }
      guard restartCount < mostRestarts else {
        return try end.result(" (after \(restartCount) restart\(restartCount == 1 ? "" : "s"))")
      }
      restartCount += 1
      arguments = Self.again(
        given, replaces: mayReplace, resumes: FileStamp(job.output.checkpoint) != checkpoint)
      say("restart \(restartCount) of \(mostRestarts), \(place(arguments)): \(end.reason)")
      guard !Self.isAskedToStop else {
        throw CommandError(
          "stopped between two starts: the same command goes on", exitCode: ExitCode.stoppedEarly)
      }
    }
  }

  private static var isAskedToStop: Bool { StopRequests.arrived != StopRequests() }

  /// Where the ranks begin that get these arguments.
  private func place(_ arguments: [String]) -> String {
    guard !arguments.contains("--fresh"), let resumption = job.resumption else {
      return "from the beginning"
    }
    return "from epoch \(resumption.epoch) in \(resumption.path)"
  }

  private func say(_ line: String) {
    if !isQuiet { StandardError.write("sounder: \(ErrorLine.oneLine(line))\n") }
  }

  /// The command line of a later start.
  ///
  /// Where the run has written a checkpoint of its own, that is resumed in spite of `--fresh`; what it
  /// has written is no obstacle.
  package static func again(
    _ arguments: [String], replaces: Bool, resumes: Bool
  ) -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    var options = Array(arguments[..<end])
    if resumes { options.removeAll { $0 == "--fresh" } }
    if replaces, !options.contains("--overwrite") { options.append("--overwrite") }
    return options + arguments[end...]
  }
}
