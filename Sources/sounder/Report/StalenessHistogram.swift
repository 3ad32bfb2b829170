package import Configuration
internal import Distributed

/// How often updates were how stale: as JSON, and as bars.
package struct StalenessHistogram {
  /// `Staleness.counts`: of 0, 1, … 63, behind them of 64 to 127, 128 to 255, ….
  package let counts: [Int]

  /// Takes the counts of a training.
  package init(_ counts: [Int]) { self.counts = counts }

  /// Reads what `value` gives; nil where that is no list of counts.
  package init?(_ value: Value?) {
    guard case .list(let items)? = value?.kind else { return nil }
    counts = items.compactMap(\.int)
    guard counts.count == items.count, counts.allSatisfy({ $0 >= 0 }) else { return nil }
  }

  /// The counts as a list.
  package var value: Value { Value(.list(counts.map { Value(.int($0)) })) }

  /// The bars, and the share of all updates that each has.
  package var shares: [(label: String, share: Double)] {
    let bars = StalenessBar.all(counts)
    let all = Double(max(1, bars.reduce(0) { $0 + $1.count }))
    return bars.map { ($0.label, Double($0.count) / all) }
  }

  /// A line for each bar, made of `full`: `4-7   12.5 %  ######`.
  package func lines(full: Character) -> [String] {
    let shares = shares
    let most = max(shares.map(\.share).max() ?? 0, 1e-9)
    let width = shares.map(\.label.count).max() ?? 0
    return shares.map { label, share in
      let percent = Figures.fixed(100 * share, 1)
      // What is rare is seen as well.
      let length = share > 0 ? max(1, Int((30 * share / most).rounded())) : 0
      let bar = length > 0 ? "  " + String(repeating: full, count: length) : ""
      return "  " + String(repeating: " ", count: width - label.count) + label
        + String(repeating: " ", count: max(0, 7 - percent.count)) + percent + " %" + bar
    }
  }
}
