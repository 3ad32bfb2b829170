internal import Configuration

/// A study as one HTML page that needs nothing else: no network, no other file, no JavaScript (which
/// only sorts the table of trials).
///
/// Pictures are SVG; colours follow the reader's choice of a light or dark page. Of studies with
/// thousands of trials pictures show a stated part.
public struct StudyReport: Sendable {
  private let history: History
  private let title: String
  private let objectives: [String]
  private let facts: [(name: String, value: String)]

  /// Makes a report.
  ///
  /// - Parameters:
  ///   - history: The study.
  ///   - title: The page's title: the name of the job, say.
  ///   - objectives: The objectives' names; `value` where there is none.
  ///   - facts: What else to say at the head of the page, a name and a value each.
  public init(
    history: History, title: String, objectives: [String] = [],
    facts: [(name: String, value: String)] = []
  ) {
    self.history = history
    self.title = title
    self.objectives = objectives
    self.facts = facts
  }

  /// Writes the page so that a reader sees the old one or the new one.
  ///
  /// - Throws: `HDF5Error` (`io`) when the file cannot be written.
  public func write(to path: String) throws {
    try page.write(to: path)
  }

  /// The page.
  public var html: String { page.html }

  private var page: ReportPage {
    let data = ReportData(history, objectives: objectives)
    var page = ReportPage(title: title, subtitle: subtitle, facts: tiles(data))
    var sections = HistoryChart(data: data).sections
    sections += ParetoChart(data: data).sections
    sections += [
      BestTrial(data: data).section, ImportanceChart(data: data).section,
      ContourChart(data: data).section, ParallelChart(data: data).section,
      SliceChart(data: data).section, LearningCurveChart(data: data).section,
      TimelineChart(data: data).section, TrialRows(data: data).section,
    ].compactMap { $0 }
    for section in sections { page.add(section) }
    return page
  }

  private var subtitle: String {
    let starts = history.trials.compactMap(\.startTime)
    let ends = history.trials.compactMap(\.endTime)
    guard let start = starts.min() else { return "no trial has begun" }
    let time = ends.max().map { " to \($0.timestamp.dayAndTime)" } ?? ""
    return
      "\(history.space.parameters.count) hyperparameters, \(start.timestamp.dayAndTime)\(time) UTC"
  }

  private func tiles(_ data: ReportData) -> [(name: String, value: String)] {
    let summary = StudySummary(history: history, objectives: objectives, now: 0)
    let states = ["complete", "pruned", "failed", "running", "waiting"]
    let counts = states.compactMap { name in summary.counts[name].map { "\($0) \(name)" } }
    var own: [(name: String, value: String)] = [
      ("trials", "\(history.trials.count)"),
      ("of these", counts.isEmpty ? "none" : counts.joined(separator: ", ")),
    ]
    if history.directions.count > 1 {
      own.append(("Pareto front", "\(data.best.count) trials"))
    } else if let best = data.best.first, let value = best.values.first {
      own.append(("best \(data.objectives[0])", value.text(significantDigits: 5)))
      own.append(("best trial", "\(best.number)"))
    }
    let starts = history.trials.compactMap(\.startTime)
    let ends = history.trials.compactMap(\.endTime)
    if let start = starts.min(), let end = ends.max(), end >= start {
      own.append(("time", (end - start).duration))
      own.append(("time of all trials", history.trials.compactMap(\.seconds).reduce(0, +).duration))
    }
    if let share = history.waitShare {
      own.append(("groups waiting", "\((100 * share).fixed(2)) %"))
    }
    if let saved = savedShare(data) {
      own.append(("steps saved by pruning", "\((100 * saved).fixed(0)) %"))
    }
    return own + facts
  }

  /// The part of the steps that pruned trials did not do, had all been as long as complete ones.
  private func savedShare(_ data: ReportData) -> Double? {
    let lengths = data.trials.compactMap { trial in
      trial.state == .complete ? trial.reports.last.map { Double($0.step) } : nil
    }
    guard let usual = lengths.quantile(0.5), usual > 0 else { return nil }
    let pruned = data.trials.filter { $0.state == .pruned }
    guard !pruned.isEmpty else { return nil }
    let done = pruned.reduce(0) { $0 + min(Double($1.reports.last?.step ?? 0), usual) }
    let all = Double(pruned.count) * usual
    return (all - done) / (all + lengths.reduce(0, +))
  }
}

extension String {
  /// A time stamp's day, hour and minute.
  fileprivate var dayAndTime: String { String(prefix(16)).replacing("T", with: " ") }
}
