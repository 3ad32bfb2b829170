internal import Configuration

/// The files that a search writes beside its models.
public struct SearchFiles: Sendable, Equatable {
  /// `journal`: every event of the study; what a search resumes from.
  public var journal: String
  /// `table`: a table of all trials.
  public var table: String
  /// `report`: what a browser shows.
  public var report: String

  /// What it means for a search that a file's folder is missing, or cannot be written.
  package static let exitCodes = (missing: ExitCode.missingInput, readOnly: ExitCode.data)

  /// Names the files after `stem`: `fashion.study.log`, `fashion.trials.csv`, `fashion.report.html`.
  public init(stem: String) {
    journal = stem + ".study.log"
    table = stem + ".trials.csv"
    report = stem + ".report.html"
  }

  init(options: inout Options, stem: String) throws(ConfigurationError) {
    self.init(stem: stem)
    journal = try Self.name("journal", &options, journal)
    table = try Self.name("table", &options, table)
    if case .map? = options.value("report")?.kind {
      if var command = try options.options("report") {
        report = try Self.name("file", &command, report)
      }
    } else {
      report = try Self.name("report", &options, report)
    }
    guard Set([journal, table, report]).count == 3 else {
      throw options.error("journal, table and report need different names", "journal")
    }
  }

  private static func name(
    _ key: String, _ options: inout Options, _ fallback: String
  ) throws(ConfigurationError) -> String {
    let name = try options.string(key, default: fallback)
    guard !name.isEmpty, !name.hasSuffix("/") else {
      throw options.error("expected the name of a file", key)
    }
    return name
  }
}
