/// Which trials' models are worth keeping: the best few, or those that no other dominates.
struct KeptModels {
  private let directions: [Direction]
  private let count: Int
  private(set) var kept: [(number: Int, values: [Double])] = []

  init(directions: [Direction], count: Int) {
    self.directions = directions
    self.count = count
  }

  /// Whether a trial with these values would be kept now.
  func wouldKeep(_ values: [Double]) -> Bool {
    guard values.allSatisfy(\.isFinite), count > 0 else { return false }
    if directions.count > 1 { return !kept.contains { dominates($0.values, values) } }
    // Of equals the lower number wins, and may be the later one to finish.
    return kept.count < count || kept.contains { !isBetter($0.values[0], than: values[0]) }
  }

  /// Takes note of a finished trial; gives the trials whose models are to go.
  mutating func add(_ number: Int, _ values: [Double]) -> [Int] {
    guard wouldKeep(values) else { return [number] }
    var gone: [Int] = []
    if directions.count > 1 {
      gone = kept.filter { dominates(values, $0.values) }.map(\.number)
      kept.removeAll { gone.contains($0.number) }
      kept.append((number, values))
      return gone
    }
    kept.append((number, values))
    let sign = directions[0].sign
    kept.sort { ($0.values[0] * sign, $0.number) < ($1.values[0] * sign, $1.number) }
    while kept.count > count { gone.append(kept.removeLast().number) }
    return gone
  }

  private func isBetter(_ a: Double, than b: Double) -> Bool {
    a * directions[0].sign < b * directions[0].sign
  }

  private func dominates(_ a: [Double], _ b: [Double]) -> Bool {
    let pairs = zip(zip(a, b), directions).map { ($0.0.0 * $0.1.sign, $0.0.1 * $0.1.sign) }
    return pairs.allSatisfy { $0.0 <= $0.1 } && pairs.contains { $0.0 < $0.1 }
  }
}
