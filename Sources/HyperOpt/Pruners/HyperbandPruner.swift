public import Configuration
private import Foundation

/// Hyperband over asynchronous successive halving (Li et al., 2018, algorithm 1; Li et al., 2020).
///
/// Bracket s does without the lowest s rungs. A trial belongs to one bracket for good, by its number
/// alone: the fractional part of number * golden ratio is spread over the brackets in proportion to
/// n_s = ceil((s_max + 1) / (s + 1) * reduction^s), Hyperband's numbers of trials. A resumed trial
/// stays in its first part's bracket.
public struct HyperbandPruner: Pruner {
  /// `hyperband`.
  public static let name = "hyperband"

  let minSteps: Int
  let maxSteps: Int?
  let reduction: Int

  /// Reads `min_steps`, `max_steps` and `reduction`.
  public init(options: inout Options) throws(ConfigurationError) {
    minSteps = try options.int("min_steps", default: 1, in: 1...Int.max)
    maxSteps =
      options.value("max_steps") == nil ? nil : try options.int("max_steps", in: minSteps...Int.max)
    reduction = try options.int("reduction", default: 3, in: 2...1_000_000)
  }

  /// The options, defaults included.
  public var value: Value {
    var entries: [Value.Entry] = [.init("min_steps", Value(.int(minSteps)))]
    if let maxSteps { entries.append(.init("max_steps", Value(.int(maxSteps)))) }
    return Value(.map(entries + [.init("reduction", Value(.int(reduction)))]))
  }

  /// Names the rung of its bracket that the trial has reached without being among its best.
  public func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? {
    guard let brackets = brackets(history, lastStep: lastStep) else { return nil }
    let bracket = brackets.bracket(of: history.root(of: trial))
    let rungs = Rungs(minSteps: minSteps, reduction: reduction, skipped: bracket)
    let reason = rungs.reason(trial, lastStep: lastStep, history: history) {
      history.lastParts(with: trial).filter {
        brackets.bracket(of: history.root(of: $0)) == bracket
      }
    }
    return reason.map { "bracket \(bracket + 1) of \(brackets.shares.count): \($0)" }
  }

  /// A stopped trial that has come into the best part of a rung of its bracket.
  public func promotion(history: History) -> Int? {
    guard let brackets = brackets(history, lastStep: nil) else { return nil }
    let parts = history.lastParts()
    for bracket in brackets.shares.indices {
      let rungs = Rungs(minSteps: minSteps, reduction: reduction, skipped: bracket)
      let members = parts.filter { brackets.bracket(of: history.root(of: $0)) == bracket }
      if let number = rungs.promotion(among: members, history: history) { return number }
    }
    return nil
  }

  /// The brackets up to the longest trial that is known; nil while none is.
  private func brackets(_ history: History, lastStep: Int?) -> Brackets? {
    guard let longest = maxSteps ?? history.longestCompleteStep ?? lastStep else { return nil }
    return Brackets(minSteps: minSteps, maxSteps: longest, reduction: reduction)
  }
}

/// How trials are spread over the brackets of Hyperband.
struct Brackets: Sendable {
  /// Each bracket's number of trials in one round.
  let shares: [Int]

  init(minSteps: Int, maxSteps: Int, reduction: Int) {
    var count = 1
    var step = minSteps
    while step <= maxSteps / reduction {
      step *= reduction
      count += 1
    }
    shares = (0..<count).map { bracket in
      let rungs = count - 1 - bracket
      let trials = Double(count) * pow(Double(reduction), Double(rungs)) / Double(rungs + 1)
      return Int(min(trials.rounded(.up), 1e15))
    }
  }

  func bracket(of number: Int) -> Int {
    let golden = 0.618_033_988_749_894_8
    let place = (Double(number) * golden).truncatingRemainder(dividingBy: 1)
    var left = place * Double(shares.reduce(0, +))
    for (bracket, share) in shares.enumerated() {
      left -= Double(share)
      if left < 0 { return bracket }
    }
    return shares.count - 1
  }
}
