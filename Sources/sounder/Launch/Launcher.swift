internal import Configuration
private import Distributed
private import FoundationEssentials
private import Glibc

/// Starts this program again as several ranks of one MPI job, and stands between job and user.
///
/// Signals that ask for an end reach the ranks as SIGUSR1: they write a checkpoint and leave with
/// code 75. A second request ends the job at once.
package struct Launcher {
  /// The number of ranks to start.
  let rankCount: Int
  /// The file that names the hosts to start them on; nil: this machine.
  var hostFile: String?

  /// This program's own command line, without its name.
  static var ownArguments: [String] { Array(CommandLine.arguments.dropFirst()) }

  /// Runs the job of this very command line until it ends.
  ///
  /// - Returns: The job's exit code.
  /// - Throws: `CommandError` when the launcher is missing, or when the job ended without a word
  ///   from a rank.
  func run() throws -> Int32 { try run(Self.ownArguments).result() }

  /// Runs the job of another command line until it ends.
  ///
  /// - Throws: `CommandError` when the ranks cannot be started.
  func run(_ arguments: [String]) throws -> LaunchEnd {
    let dialect = MPIDialect.linked
    let launcher = try find(dialect)
    let program = try Self.ownPath()
    let arguments =
      [launcher] + (try places(dialect)) + [program] + Self.withoutRanks(arguments)
    var environment = ProcessInfo.processInfo.environment
    environment.merge(dialect.environment(isRoot: geteuid() == 0)) { own, _ in own }
    environment[LauncherRemarks.codeVariable] = "1"
    environment[Terminal.variable] = "\(Terminal.standardError.columns)"
    var job = try LaunchedJob(
      arguments: arguments, environment: environment,
      filtersStandardOutput: dialect.remarksOnStandardOutput)
    let end = job.wait()
    var result = LaunchEnd(code: 0)
    do throws(CommandError) { result.code = try exitCode(end, job) } catch {
      result.code = error.exitCode
      result.failure = error
    }
    result.wasAskedToStop = job.wasAskedToStop || job.wasKilled
    result.rankReason = job.remarks.spoken
    return result
  }

  /// The launcher's arguments for the ranks.
  private func places(_ dialect: MPIDialect) throws(CommandError) -> [String] {
    guard let hostFile else { return dialect.arguments(rankCount: rankCount) }
    let lines = try JobFile.text(hostFile, "file of hosts").split(whereSeparator: \.isNewline)
    let marks = lines.compactMap { line in line.first { !$0.isWhitespace } }
    guard marks.contains(where: { $0 != "#" }) else {
      throw CommandError(
        "\(hostFile): the file of hosts names none: write one to a line", exitCode: ExitCode.data)
    }
    return dialect.arguments(
      rankCount: rankCount, hostFile: hostFile,
      variables: Set(ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("SOUNDER_") })
        .union([LauncherRemarks.codeVariable, Terminal.variable]).sorted())
  }

  /// The job's exit code in the terms of this program.
  private func exitCode(_ end: ProcessEnd, _ job: LaunchedJob) throws(CommandError) -> Int32 {
    if job.wasKilled { throw CommandError("stopped at once", exitCode: 130) }
    let reason = job.remarks.reason.map { ": " + $0 } ?? ""
    switch end {
    case .exited(0): return job.remarks.code ?? 0
    case .exited(let code) where job.remarks.ranksHaveSpoken: return code
    case .exited(ExitCode.stoppedEarly): return ExitCode.stoppedEarly
    case .exited(128 + SIGUSR1) where job.wasAskedToStop,
      .exited(SIGUSR1) where job.wasAskedToStop,
      .signalled(SIGUSR1) where job.wasAskedToStop && !job.hasBegun:
      throw CommandError(
        "stopped before the first step: nothing was written", exitCode: ExitCode.stoppedEarly)
    case .signalled(SIGUSR1) where job.wasAskedToStop:
      // The request came when the launcher had given back its handlers.
      if let code = job.remarks.code { return code }
      throw CommandError(
        "stopped when mpirun was about to end the job of \(rankCount) ranks\(reason); the same command goes on",
        exitCode: ExitCode.stoppedEarly)
    case .signalled where job.hung:
      if let code = job.remarks.code { return code }
      if job.remarks.ranksHaveSpoken { return ExitCode.fault }
      throw CommandError(
        "mpirun hung when it had ended the job of \(rankCount) ranks, and was killed\(reason)",
        exitCode: ExitCode.fault)
    case .exited(let code):
      throw CommandError(
        "the job of \(rankCount) ranks ended with code \(code)\(reason)", exitCode: ExitCode.fault)
    case .signalled(let signal):
      throw CommandError(
        "mpirun was ended by signal \(signal) (\(String(cString: strsignal(signal))))",
        exitCode: ExitCode.fault)
    }
  }

  /// The first launcher in PATH that speaks `dialect`.
  private func find(_ dialect: MPIDialect) throws(CommandError) -> String {
    let found = InstalledLauncher.first(for: dialect)
    if let found, found.dialect == dialect { return found.path }
    let advice = "install it (apt-get install \(dialect.debianPackage)) or train without --ranks"
    guard let other = found else {
      throw CommandError(
        "--ranks needs mpirun, which is not in PATH: \(advice)", exitCode: ExitCode.fault)
    }
    throw CommandError(
      "--ranks needs the mpirun of \(dialect.rawValue), but \(other.path) belongs to another MPI: "
        + advice, exitCode: ExitCode.fault)
  }

  /// The program that runs now, under its own name.
  static func ownPath() throws(CommandError) -> String {
    do { return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") } catch
    {
      throw CommandError("cannot find this program's own file: \(error)", exitCode: ExitCode.fault)
    }
  }

  /// The command line that each rank gets: the same, without what is for this process alone.
  package static func withoutRanks(_ arguments: [String]) -> [String] {
    let own = ["--ranks", "--max-restarts", "--hostfile"]
    var kept: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" { return kept + [argument] + rest }
      if own.contains(argument) {
        rest = rest.dropFirst()
      } else if !own.contains(where: { argument.hasPrefix($0 + "=") }) {
        kept.append(argument)
      }
    }
    return kept
  }
}
