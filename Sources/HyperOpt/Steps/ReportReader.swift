internal import Configuration

/// What one line of a program's output says.
package enum Reading: Equatable {
  /// Figures on the way.
  case report(step: Int, figures: [String: Double])
  /// Figures of the result.
  case result([String: Double])
}

/// Finds the figures in the output of a program that is not ours, line by line.
///
/// JSON: `{"step": 3, "value": 0.2}` on the way, `{"value": 0.1}` or `{"values": [0.1, 7]}` at the end;
/// any other number is a figure of its name. Or a regular expression: the group `value` (or the only
/// group) is the objective, another named group the figure of its name, and the group `step` makes it
/// a figure on the way.
package struct ReportReader {
  private let objectives: [String]
  private let pattern: Regex<AnyRegexOutput>?
  private let groups: [String]

  /// Prepares a reader; `objectives` are the names of what is optimised.
  package init(_ format: SearchCommand.Report, objectives: [String]) throws(StudyError) {
    self.objectives = objectives
    switch format {
    case .json:
      pattern = nil
      groups = []
    case .pattern(let text):
      do { pattern = try Regex(text) } catch {
        throw StudyError("search.report.pattern: '\(text)' is no regular expression: \(error)")
      }
      groups = Self.groups(of: text)
    }
  }

  /// The readings of one line.
  package func read(_ line: String) -> [Reading] {
    guard let pattern else { return json(line).map { [$0] } ?? [] }
    return line.matches(of: pattern).compactMap { match in
      var figures: [String: Double] = [:]
      var step: Int?
      for name in groups {
        guard let text = match.output[name]?.substring else { continue }
        guard let number = Double(text) else { continue }
        if name == "step" {
          step = Int(exactly: number.rounded())
        } else {
          figures[name == "value" ? objectives[0] : name] = number
        }
      }
      if groups.isEmpty, match.output.count > 1, let text = match.output[1].substring {
        figures[objectives[0]] = Double(text)
      }
      return reading(step, figures)
    }
  }

  private func reading(_ step: Int?, _ figures: [String: Double]) -> Reading? {
    if figures.isEmpty { return nil }
    return step.map { .report(step: $0, figures: figures) } ?? .result(figures)
  }

  private func json(_ line: String) -> Reading? {
    guard let first = line.first(where: { $0 != " " && $0 != "\t" }), first == "{" else {
      return nil
    }
    guard let value = Self.object(line), case .map(let entries) = value.kind else { return nil }
    var figures: [String: Double] = [:]
    var step: Int?
    for entry in entries {
      switch entry.key {
      case "step": step = entry.value.figure.flatMap { Int(exactly: $0.rounded()) }
      case "value": figures[objectives[0]] = entry.value.figure
      case "values":
        guard case .list(let items) = entry.value.kind else { continue }
        for (name, item) in zip(objectives, items) { figures[name] = item.figure }
      default: figures[entry.key] = entry.value.figure
      }
    }
    return reading(step, figures)
  }

  /// Python writes NaN and Infinity where JSON has no word for them.
  private static func object(_ line: String) -> Value? {
    if let value = try? Value(json: line) { return value }
    guard line.contains("NaN") || line.contains("Infinity") else { return nil }
    let words = line.replacing(#/-?(?:NaN|Infinity)/#) { "\"\($0.output)\"" }
    return try? Value(json: words)
  }

  /// The names of a regular expression's groups.
  private static func groups(of pattern: String) -> [String] {
    pattern.matches(of: #/\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/#).map { String($0.output.1) }
  }
}

extension Value {
  /// The value as a figure: a number, or a word for what is none.
  fileprivate var figure: Double? {
    switch kind {
    case .int(let value): Double(value)
    case .number(let value): value
    case .string(let text): Double(text)
    default: nil
    }
  }
}
