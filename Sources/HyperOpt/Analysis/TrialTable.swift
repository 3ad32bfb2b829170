internal import Configuration
private import Foundation
private import HDF5

/// All trials of a study as a table: one row per trial, `trials.csv`.
///
/// Columns: number, state, one per objective, feasible, one per parameter (in the user's words, empty
/// where it is not active), then times, steps and what the runner noted.
public struct TrialTable: Sendable {
  private let history: History
  private let objectives: [String]
  /// User attributes that have no column of their own.
  private let attributes: [String]

  /// Makes the table.
  ///
  /// - Parameters:
  ///   - history: The study.
  ///   - objectives: The objectives' names; `value` where there is none.
  public init(history: History, objectives: [String] = []) {
    self.history = history
    self.objectives = history.directions.indices.map { index in
      guard objectives.indices.contains(index) else {
        return index == 0 ? "value" : "value_\(index)"
      }
      let name = objectives[index]
      return Self.facts.contains(name) ? "objective_\(name)" : name
    }
    var names: Set<String> = []
    for trial in history.trials { names.formUnion(trial.userAttributes.keys) }
    attributes = names.subtracting(Self.facts).sorted()
  }

  /// The table in RFC 4180's form: lines end with CR LF; quotes where a field needs them.
  public var csv: String {
    var text = Self.line(header)
    for trial in history.trials { text += Self.line(row(trial)) }
    return text
  }

  /// Writes the table so that a reader sees the old one or the new one.
  ///
  /// - Throws: `HDF5Error` (`io`) when the file cannot be written.
  public func write(to path: String) throws {
    try AtomicFile.replace(path) { temporary in
      try Data(csv.utf8).write(to: URL(fileURLWithPath: temporary))
    }
  }

  private static let facts = [
    "start", "end", "seconds", "wait_seconds", "group", "ranks", "slots", "steps", "last_report",
    "reason", "resumed_from", "checkpoint",
  ]

  private var header: [String] {
    let fixed = ["number", "state"] + objectives + ["feasible"]
    let taken = Set(fixed + Self.facts)
    let parameters = history.space.parameters.map { parameter in
      taken.contains(parameter.name) ? "params_\(parameter.name)" : parameter.name
    }
    let others = attributes.map { (taken.union(parameters)).contains($0) ? "user_\($0)" : $0 }
    return fixed + parameters + Self.facts + others
  }

  private func row(_ trial: Trial) -> [String] {
    var fields = ["\(trial.number)", trial.stateName]
    fields += history.directions.indices.map { index in
      trial.values.indices.contains(index) ? "\(trial.values[index])" : ""
    }
    fields.append(trial.state == .complete ? "\(trial.isFeasible)" : "")
    fields += history.space.parameters.map { parameter in
      trial.parameters[parameter.name].map {
        parameter.distribution.label(of: $0)
      } ?? ""
    }
    fields += [
      trial.startTime?.timestamp ?? "", trial.endTime?.timestamp ?? "",
      (trial.number("seconds") ?? trial.seconds).map { $0.fixed(3) } ?? "",
    ]
    func attribute(_ key: String) -> String { trial.userAttributes[key]?.fullText ?? "" }
    fields += ["wait_seconds", "group", "ranks", "slots"].map(attribute)
    fields += [
      trial.reports.last.map { "\($0.step)" } ?? "", trial.reports.last.map { "\($0.value)" } ?? "",
      attribute("reason"), trial.resumedFrom.map { "\($0)" } ?? "",
    ]
    fields += (["checkpoint"] + attributes).map(attribute)
    return fields
  }

  private static func line(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",") + "\r\n"
  }

  private static func quoted(_ field: String) -> String {
    let needsQuotes = field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
    guard needsQuotes else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}

extension Double {
  /// Seconds since 1970 as a time of day in UTC: `2026-11-24T00:30:00.250Z`.
  package var timestamp: String {
    guard isFinite, abs(self) < 1e11 else { return "\(self)" }
    let milliseconds = Int((self * 1000).rounded())
    let days = Int((Double(milliseconds) / 86_400_000).rounded(.down))
    let rest = milliseconds - days * 86_400_000
    // Days since 1970 to a date: Hinnant, "chrono-compatible low-level date algorithms".
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let day = shifted - era * 146_097
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let monthOfYear = month < 10 ? month + 3 : month - 9
    let date = year + era * 400 + (monthOfYear <= 2 ? 1 : 0)
    let thousandths = String(1000 + rest % 1000).dropFirst()
    return "\(date)-\(two(monthOfYear))-\(two(dayOfYear - (153 * month + 2) / 5 + 1))T"
      + "\(two(rest / 3_600_000)):\(two(rest / 60_000 % 60)):\(two(rest / 1000 % 60)).\(thousandths)Z"
  }

  /// A duration in words: `0.52 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
  package var duration: String {
    guard isFinite, self >= 0 else { return "unknown" }
    if self < 10 { return "\(text(significantDigits: 2)) s" }
    let seconds = Int(rounded())
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
    if seconds < 172_800 { return "\(seconds / 3600) h \(seconds % 3600 / 60) min" }
    return "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
  }
}
