private import ArgumentParser
internal import Configuration
private import HyperOpt

/// `sounder search --status`: where the study of a journal is, read from elsewhere.
struct StudyStatus {
  private let path: String

  init(_ path: String) { self.path = path }

  func show(_ report: ReportOptions) throws {
    let study = try Study(opening: path)
    let summary = SearchSummary(study.history)
    print(SearchDisplay.line(summary))
  }
}
