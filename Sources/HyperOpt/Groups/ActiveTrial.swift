/// A trial that this coordinator evaluates: its runs, and what they have given.
struct ActiveTrial {
  /// One training on a group.
  struct Run {
    var slots: [Slot]
    var start: Double
    /// The step reported last, and when.
    var step: Int?
    var stepTime: Double
    /// The last step before this run; nil before its first report.
    var stepBefore: Int?
    /// Mean seconds of a step.
    var stepSeconds: Double?
    /// Whether it has been told to stop.
    var isStopping = false
    /// Whether it will go on with more ranks once it has stopped.
    var isRegrouping = false
  }

  let number: Int
  let parameters: Assignment
  let resumes: Int?
  /// The step at which it ends by itself.
  let lastStep: Int?
  /// Ranks of a run.
  let size: ClosedRange<Int>
  /// When it was admitted, and once it has slots, when its first run began.
  var startTime: Double
  var hasStarted = false
  /// What it took in the coordinators before this one.
  var secondsBefore = 0.0
  /// What its runs have taken so far.
  var cost = TrialCost()
  var runs: [Int: Run] = [:]
  /// Runs that wait for room.
  var queued: [Int] = []
  /// Whether it takes all ranks that are free: nothing else is left to start.
  var grows = false
  /// The figures of finished runs.
  var results: [Int: [String: Double]] = [:]
  /// Why the trial ends before its end.
  var end: End?
  /// The slots of its latest run.
  var slots: [Slot] = []
  /// Seconds that its slots had waited before its first run.
  var waitSeconds = 0.0

  /// An end that is not completion.
  enum End: Equatable {
    case pruned(String)
    case failed(String, isLost: Bool)
    /// The coordinator leaves; the trial stays open, to be gone on with.
    case left
  }

  /// The mean of each figure over the runs.
  var figures: [String: Double] {
    var sums: [String: (Double, Int)] = [:]
    for result in results.sorted(by: { $0.key < $1.key }).map(\.value) {
      for (name, value) in result {
        let (sum, count) = sums[name] ?? (0, 0)
        sums[name] = (sum + value, count + 1)
      }
    }
    return sums.mapValues { $0.0 / Double($0.1) }
  }
}
