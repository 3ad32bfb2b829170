internal import Configuration

/// A program that is run in place of a training: `command` and `report` of the section `search`.
public struct SearchCommand: Sendable, Equatable {
  /// How the program tells its figures.
  public enum Report: Sendable, Equatable {
    /// A line of its output that is a JSON object has figures by name.
    case json
    /// A line of its output that matches has the objective in the group `value`, any figure in a
    /// group of its name, and the step in the group `step`.
    case pattern(String)
  }

  /// The command with `{name}` in place of parameters.
  public var text: String
  /// How the program tells its figures.
  public var report: Report

  /// `launcher: mpi`: whether a group of one rank, too, starts the program by `mpirun` or `srun`.
  public var usesMPI: Bool

  /// Makes a command.
  public init(_ text: String, report: Report = .json, usesMPI: Bool = false) {
    self.text = text
    self.report = report
    self.usesMPI = usesMPI
  }

  init?(options: inout Options, objectives: [String]) throws(ConfigurationError) {
    guard options.value("command") != nil else {
      if options.value("launcher") != nil {
        throw options.error("only a `command` is launched: remove the key", "launcher")
      }
      return nil
    }
    text = try options.string("command")
    if text.allSatisfy(\.isWhitespace) {
      throw options.error("expected a command, found nothing", "command")
    }
    report = .json
    let launchers = ["auto", "mpi"]
    usesMPI = try options.choice("launcher", among: launchers, default: "auto") == "mpi"
    guard case .map? = options.value("report")?.kind, var given = try options.options("report")
    else { return }
    if given.value("pattern") != nil {
      let pattern = try given.string("pattern")
      do { _ = try Regex(pattern) } catch {
        throw given.error("'\(pattern)' is no regular expression: \(error)", "pattern")
      }
      let groups = ["value"] + objectives
      guard groups.contains(where: { pattern.contains("(?<\($0)>") }) else {
        throw given.error(
          "the expression needs a group (?<value>...) around the objective's number", "pattern")
      }
      report = .pattern(pattern)
    }
    _ = given.value("file")
    let isJSON = try given.bool("json", default: true)
    if report == .json, !isJSON {
      throw given.error("without json a pattern is needed", "json")
    }
    try given.finish()
  }
}
