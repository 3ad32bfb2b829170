internal import Configuration
internal import HyperOpt

/// What a search leaves for its user: the table of trials, the report, the last words.
final class SearchOutput {
  private let study: Study
  private let job: SearchJob
  private let title: String
  private var lastWrite: ContinuousClock.Instant?
  private var lastPrefix = -1

  init(_ study: Study, job: SearchJob, title: String) {
    self.study = study
    self.job = job
    self.title = title
  }

  /// Writes table and report anew now and then, when there is something new.
  func refresh() {
    let now = ContinuousClock.now
    if let last = lastWrite, now - last < .seconds(30) { return }
    if lastWrite == nil || study.history.prefix == lastPrefix {
      lastWrite = now
      return
    }
    // A full disk is told at the end; a search does not end for a picture of it.
    try? write()
  }

  /// Writes table and report.
  func write() throws {
    lastWrite = .now
    lastPrefix = study.history.prefix
    let files = job.configuration.files
    let objectives = job.configuration.objectives.map(\.metric)
    let history = study.history
    try TrialTable(history: history, objectives: objectives).write(to: files.table)
    try StudyReport(history: history, title: title, objectives: objectives)
      .write(to: files.report)
  }

  /// Throws when the search has tried something and nothing of it worked.
  func requireResults() throws {
    let trials = study.history.trials
    guard let failed = trials.last(where: { $0.state == .failed }),
      trials.allSatisfy({ $0.state == .failed || $0.state == .waiting })
    else { return }
    throw StudyError(
      "none of the \(trials.count { $0.state == .failed }) trials has a result; the last one: "
        + (failed.userAttributes["reason"]?.plainText ?? "it gave no reason"))
  }

  /// What the search found, and where it is.
  func finish(_ result: SearchReport, model: String?, display: SearchDisplay) {
    let files = job.configuration.files
    if display.isJSON {
      TrainingDisplay.printJSON(value(result, model: model))
      return
    }
    switch result.ending {
    case .limit(let reason)?: print("ended early: \(reason)")
    case .exhausted(let reason)?: print(reason)
    case .left(let reason)?, .closing(let reason)?:
      print("stopped: \(reason); the same command goes on with \(files.journal)")
    case nil: break
    }
    print(SearchDisplay.line(result.summary))
    let waiting = study.history.trials.count { $0.state == .waiting }
    if result.exitCode == 0, waiting > 0 {
      print("enqueued and not tried: \(waiting); --add-trials \(waiting) goes on with them")
    }
    let front = study.history.paretoFront.count
    if study.history.directions.count > 1, front > 0 {
      print(
        "\(front) trial\(front == 1 ? "" : "s") that no other dominates: see the report; the best of "
          + "\(job.configuration.objectives[0].metric) of them:")
    }
    if result.best == nil, result.summary.complete > 0 {
      print("no complete trial meets search.constraints: none is the best")
    }
    if let best = result.best {
      print("best trial \(best.number): \(TrialText(best, job.space).parameters)")
    }
    let share = Figures.fixed(100 * result.summary.waitShare, 2)
    print("groups waited \(share) % of their time for the next trial")
    if let model { print("model    \(model)") }
    print("journal  \(files.journal)")
    print("table    \(files.table)")
    print("report   \(files.report)")
  }

  private func value(_ result: SearchReport, model: String?) -> Value {
    let summary = result.summary
    var entries: [Value.Entry] = [
      .init("event", "search"),
      .init("outcome", Value(.string(result.exitCode == 0 ? "finished" : "stopped_early"))),
      .init("complete", Value(.int(summary.complete))),
      .init("pruned", Value(.int(summary.pruned))),
      .init("failed", Value(.int(summary.failed))),
      .init("wait_share", Value(.number(summary.waitShare))),
    ]
    if let best = result.best {
      entries.append(.init("best", TrialText(best, job.space).value))
    }
    let files = job.configuration.files
    if let model { entries.append(.init("model", Value(.string(model)))) }
    entries += [
      .init("journal", Value(.string(files.journal))), .init("table", Value(.string(files.table))),
      .init("report", Value(.string(files.report))),
    ]
    return Value(.map(entries))
  }
}
