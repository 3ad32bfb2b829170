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

  /// Makes a command.
  public init(_ text: String, report: Report = .json) {
    self.text = text
    self.report = report
  }

  init?(options: inout Options) throws(ConfigurationError) {
    guard options.value("command") != nil else { return nil }
    text = try options.string("command")
    if text.allSatisfy(\.isWhitespace) {
      throw options.error("expected a command, found nothing", "command")
    }
    report = .json
    guard case .map? = options.value("report")?.kind, var given = try options.options("report")
    else { return }
    if given.value("pattern") != nil {
      let pattern = try given.string("pattern")
      do { _ = try Regex(pattern) } catch {
        throw given.error("'\(pattern)' is no regular expression: \(error)", "pattern")
      }
      guard pattern.contains("(?<") else {
        throw given.error("the expression needs a group (?<value>...) around the number", "pattern")
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

  /// The names in braces: the parameters that the command takes.
  ///
  /// `{{` and `}}` stand for braces.
  public var placeholders: [String] {
    var names: [String] = []
    let plain = text.replacing("{{", with: "").replacing("}}", with: "")
    for part in plain.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
      guard let end = part.firstIndex(of: "}") else { continue }
      let name = String(part[..<end])
      if !names.contains(name) { names.append(name) }
    }
    return names
  }
}
