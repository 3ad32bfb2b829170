internal import ArgumentParser
private import Configuration
private import Distributed
private import Glibc

/// The command line: parses it, runs the command, and turns every error into one line and a code.
@main
struct Sounder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sounder",
    abstract: "Trains neural networks on MPI clusters.",
    discussion: """
      A first run:  sounder check jobs/fashion-mlp.yaml
                    sounder train jobs/fashion-mlp.yaml --ranks 3

      Exit codes: 0 done; 64 the command line is wrong; 65 the job file or the data are wrong;
      66 an input is missing; 70 a fault of the program; 74 reading or writing failed;
      75 stopped early with a checkpoint: the same command resumes.
      """,
    version: Version.current,
    subcommands: [
      TrainCommand.self, CompareCommand.self, SearchCommand.self, FitCommand.self,
      EvaluateCommand.self, PredictCommand.self, TransformCommand.self, CalibrateCommand.self,
      ConvertCommand.self, InspectCommand.self,
      CheckCommand.self, SubmitCommand.self, TrialCommand.self, AskCommand.self, TellCommand.self,
      AskTellCommand.self, DoctorCommand.self, BenchCommand.self, SimulateCommand.self,
    ])

  static func main() {
    // A reader that closes the pipe early (`| head`) is no failure of a training run.
    signal(SIGPIPE, SIG_IGN)
    Glibc.exit(status(of: Array(CommandLine.arguments.dropFirst())))
  }

  private static func status(of arguments: [String]) -> Int32 {
    do {
      if let word = arguments.first { try refuseUnknownCommand(word) }
      var command = try parseAsRoot(arguments)
      try command.run()
      return flushed()
    } catch { return report(error) }
  }

  /// The parser would call a misspelt command an unexpected argument.
  private static func refuseUnknownCommand(_ word: String) throws {
    let known = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard !word.hasPrefix("-"), word != "help", !known.contains(word) else { return }
    throw ValidationError(
      "unknown command '\(word)': \(Spelling.advice(for: word, among: known))")
  }

  /// Says on standard error what went wrong, unless that is another rank's part.
  private static func report(_ error: any Error) -> Int32 {
    if let error = error as? any ExitCoded {
      return ErrorLine.show(error.description, exitCode: error.exitCode)
    }
    if let code = error as? ArgumentParser.ExitCode { return code.rawValue }
    let code = exitCode(for: error)
    if code == .success {
      // Help and version arrive as errors.
      if ErrorLine.isFirstRank { print(fullMessage(for: error)) }
      return flushed()
    }
    if code == .validationFailure {
      return ErrorLine.show(usage(error), exitCode: Configuration.ExitCode.usage)
    }
    return ErrorLine.show("\(error)", exitCode: Configuration.ExitCode.fault)
  }

  /// The parser's message with its advice, without the usage text between them.
  private static func usage(_ error: any Error) -> String {
    let lines = fullMessage(for: error).split(separator: "\n")
    guard let advice = lines.last(where: { $0.contains("See '") }) else {
      return message(for: error)
    }
    let command = advice.split(separator: "'").dropFirst().first.map(String.init)
    return message(for: error) + (command.map { " (see '\($0)')" } ?? "")
  }

  /// What is still buffered goes out; a full disk behind standard output is an error, too.
  private static func flushed() -> Int32 {
    guard fflush(nil) != 0, errno != EPIPE else { return 0 }
    let reason = String(cString: strerror(errno))
    return ErrorLine.show(
      "cannot write standard output: \(reason)", exitCode: Configuration.ExitCode.inputOutput)
  }
}
