internal import Configuration
private import Foundation

extension Distribution {
  /// The distribution as Optuna's journal has it.
  ///
  /// Optuna knows no order of choices: ordinal ones are categorical there. A high end beside the
  /// grid is moved onto it, as Optuna would.
  var journalText: String {
    let name: String
    var attributes: [(String, Value)]
    switch self {
    case .float(let low, let high, let isLog, let step):
      name = "FloatDistribution"
      attributes = [
        ("step", step.map { Value(.number($0)) } ?? nil), ("low", Value(.number(low))),
        ("high", Value(.number(Self.top(low, high, step)))), ("log", Value(.bool(isLog))),
      ]
    case .int(let low, let high, let isLog, let step):
      name = "IntDistribution"
      attributes = [
        ("log", Value(.bool(isLog))), ("step", Value(.int(step))), ("low", Value(.int(low))),
        ("high", Value(.int(low + (high - low) / step * step))),
      ]
    case .categorical(let choices), .ordinal(let choices):
      name = "CategoricalDistribution"
      attributes = [("choices", Value(.list(choices)))]
    }
    let entries = attributes.map { Value.Entry($0.0, $0.1) }
    let map: Value = ["name": Value(.string(name)), "attributes": Value(.map(entries))]
    return map.journalText
  }

  /// The last place of the grid, in the digits that a person would write.
  private static func top(_ low: Double, _ high: Double, _ step: Double?) -> Double {
    guard let step else { return high }
    let count = (high - low) / step
    if abs(count - count.rounded()) < 1e-9 { return high }
    let place = low + count.rounded(.down) * step
    return Double(String(format: "%.14g", place)) ?? place
  }

  /// Reads what Optuna writes, the names of its earlier versions included; nil for anything else.
  init?(journalText: String) {
    guard let value = try? JSONReader.value(journalText), let name = value["name"]?.text,
      let attributes = value["attributes"]
    else { return nil }
    if name == "CategoricalDistribution" {
      guard case .list(let choices)? = attributes["choices"]?.kind, !choices.isEmpty else {
        return nil
      }
      self = .categorical(choices)
      return
    }
    guard let low = attributes["low"]?.number, let high = attributes["high"]?.number, low <= high
    else { return nil }
    let isLog = attributes["log"].map { $0 == true } ?? name.contains("LogUniform")
    let step = attributes["step"]?.number ?? attributes["q"]?.number
    switch name {
    case "FloatDistribution", "UniformDistribution", "LogUniformDistribution",
      "DiscreteUniformDistribution":
      guard low.isFinite, high.isFinite, step.map({ $0 > 0 }) ?? true, !isLog || low > 0 else {
        return nil
      }
      self = .float(low: low, high: high, log: isLog, step: isLog ? nil : step)
    case "IntDistribution", "IntUniformDistribution", "IntLogUniformDistribution":
      guard let low = Int(exactly: low), let high = Int(exactly: high),
        let step = Int(exactly: step ?? 1), step > 0, !isLog || low > 0
      else { return nil }
      self = .int(low: low, high: high, log: isLog, step: isLog ? 1 : step)
    default: return nil
    }
  }

  /// Whether both may stand under one name in a study: Optuna ignores a line where they may not.
  func isCompatible(with other: Distribution) -> Bool {
    switch (self, other) {
    case (.float(_, _, let a, _), .float(_, _, let b, _)),
      (.int(_, _, let a, _), .int(_, _, let b, _)):
      a == b
    case (.categorical(let a), .categorical(let b)), (.categorical(let a), .ordinal(let b)),
      (.ordinal(let a), .categorical(let b)), (.ordinal(let a), .ordinal(let b)):
      a == b
    default: false
    }
  }

  /// The smallest distribution that has the values of both.
  func union(_ other: Distribution) -> Distribution {
    switch (self, other) {
    case (.float(let low, let high, let isLog, let step), .float(let low2, let high2, _, let step2)):
      let common = step == step2 && low == low2 ? step : nil
      return .float(low: min(low, low2), high: max(high, high2), log: isLog, step: common)
    case (.int(let low, let high, let isLog, let step), .int(let low2, let high2, _, let step2)):
      let common = step == step2 && (low - low2) % step == 0 ? step : 1
      return .int(low: min(low, low2), high: max(high, high2), log: isLog, step: common)
    default: return self
    }
  }
}
