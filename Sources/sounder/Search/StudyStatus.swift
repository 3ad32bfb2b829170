private import ArgumentParser
internal import Configuration
private import Foundation
private import HyperOpt

/// `sounder search --status`: where the study of a journal is, read from elsewhere.
struct StudyStatus {
  private let path: String

  init(_ path: String) { self.path = path }

  func show(_ report: ReportOptions) throws {
    let study = try Study(opening: path)
    let summary = StudySummary(
      history: study.history, objectives: study.settings.metricNames,
      trialLimit: study.systemAttributes["sounder:trial_limit"]?.int,
      now: Date().timeIntervalSince1970)
    if report.json {
      TrainingDisplay.printJSON(summary.value)
    } else {
      print(summary.text)
    }
  }
}
