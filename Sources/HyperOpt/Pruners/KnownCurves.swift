/// The complete trials from whose curves `CurveModel` learns: at most 40, the best and the latest.
struct KnownCurves: Sendable, Equatable {
  /// One trial.
  struct Curve: Sendable, Equatable {
    var number: Int
    var value: Double
    var reports: [Trial.Report]
  }

  let sign: Double
  private(set) var curves: [Curve] = []

  init(_ history: History) {
    sign = history.sign
    // Numbers only: trials are large.
    var candidates: [(number: Int, value: Double)] = []
    for number in history.finished where history.trials[number].state == .complete {
      guard let value = history.trials[number].values.first, value.isFinite else { continue }
      candidates.append((number, value))
    }
    if candidates.count > 40 {
      let latest = candidates.suffix(16)
      let others = candidates.dropLast(16).sorted {
        ($0.value * history.sign, $0.number) < ($1.value * history.sign, $1.number)
      }
      candidates = Array(latest.reversed() + others.prefix(24))
    }
    curves = candidates.compactMap { candidate in
      let reports = history.curve(of: history.trials[candidate.number])
      guard reports.count(where: { $0.value.isFinite }) >= 2 else { return nil }
      return Curve(number: candidate.number, value: candidate.value, reports: reports)
    }
  }
}
