internal import ArgumentParser
private import Distributed

/// `--ranks` and `--hostfile`: shared by the commands that run on several ranks.
struct LaunchOptions: ParsableArguments {
  @Option(help: "Start this many ranks with mpirun, on this machine unless --hostfile is given.")
  var ranks: Int?

  @Option(
    help: ArgumentHelp(
      "With --ranks: start them on the hosts that this file names, one to a line, as mpirun reads it.",
      valueName: "file"))
  var hostfile: String?

  func validate() throws {
    guard let ranks else {
      guard hostfile == nil else {
        throw ValidationError(
          "--hostfile needs --ranks: give the number of ranks to start on its hosts")
      }
      return
    }
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

  /// What starts `count` ranks where they are wanted.
  func launcher(rankCount count: Int) -> Launcher {
    Launcher(rankCount: count, hostFile: hostfile)
  }

  /// Runs this very command line on the ranks that were asked for.
  ///
  /// - Throws: `ExitCode` with the job's code unless that is 0, or `CommandError`.
  func launch() throws {
    guard let ranks else { return }
    let code = try launcher(rankCount: ranks).run()
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }
}
