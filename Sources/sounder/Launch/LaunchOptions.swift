internal import ArgumentParser
private import Distributed

/// `--ranks`: shared by the commands that run on several ranks.
struct LaunchOptions: ParsableArguments {
  @Option(help: "Start this many ranks on this machine with mpirun.")
  var ranks: Int?

  func validate() throws {
    guard let ranks else { return }
    guard (1...4096).contains(ranks) else {
      throw ValidationError("--ranks \(ranks) is outside 1...4096")
    }
    if LaunchEnvironment().isLaunched {
      throw ValidationError(
        "--ranks starts mpirun itself, but mpirun or srun has started this process already: "
          + "leave --ranks out")
    }
  }

  /// Whether the command is to be run by ranks that this process starts.
  var startsRanks: Bool { ranks != nil }

  /// Runs this very command line on the ranks that were asked for.
  ///
  /// - Throws: `ExitCode` with the job's code unless that is 0, or `CommandError`.
  func launch() throws {
    guard let ranks else { return }
    let code = try Launcher(rankCount: ranks).run()
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }
}
