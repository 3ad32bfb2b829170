public import Configuration
private import Foundation

/// The values that a hyperparameter can take, and how they lie on a scale.
///
/// A value has an *internal* form, a `Double`: the number itself for `float` and `int`, the index of
/// the choice for `categorical` and `ordinal`. Samplers and the journal use internal values.
public enum Distribution: Sendable, Equatable {
  /// Numbers in `low...high`; on a logarithmic scale, or on the grid `low + i * step`, never both.
  case float(low: Double, high: Double, log: Bool = false, step: Double? = nil)
  /// Whole numbers in `low...high`: on the grid `low + i * step`, or on a logarithmic scale (step 1).
  case int(low: Int, high: Int, log: Bool = false, step: Int = 1)
  /// Choices without an order.
  case categorical([Value])
  /// Choices whose neighbours are alike.
  case ordinal([Value])

  /// `false` and `true`.
  public static let boolean = Distribution.categorical([false, true])

  /// The number of different values; nil for a continuum.
  public var count: Int? {
    switch self {
    case .float(let low, let high, _, let step):
      if low == high { return 1 }
      guard let step else { return nil }
      return Int(((high - low) / step + 1e-9).rounded(.down)) + 1
    case .int(let low, let high, _, let step): return (high - low) / step + 1
    case .categorical(let choices), .ordinal(let choices): return choices.count
    }
  }

  /// Whether values have no order: a distance between them is only same or different.
  public var isCategorical: Bool {
    if case .categorical = self { return true }
    return false
  }

  /// Whether `place` is one of the values (within rounding of a step).
  public func contains(_ place: Double) -> Bool {
    guard place.isFinite else { return false }
    switch self {
    case .float(let low, let high, _, let step):
      guard low <= place, place <= high else { return false }
      guard let step else { return true }
      let index = (place - low) / step
      return abs(index - index.rounded()) < 1e-8
    case .int(let low, let high, _, let step):
      guard let number = Int(exactly: place) else { return false }
      return low <= number && number <= high && (number - low) % step == 0
    case .categorical(let choices), .ordinal(let choices):
      return Int(exactly: place).map(choices.indices.contains) ?? false
    }
  }

  /// What a user sees of an internal value: a number, a whole number, or a choice.
  public func value(of place: Double) -> Value {
    switch self {
    case .float: return Value(.number(place))
    case .int: return Value(.int(Int(place.rounded())))
    case .categorical(let choices), .ordinal(let choices):
      return choices[min(max(Int(place.rounded()), 0), choices.count - 1)]
    }
  }

  /// The internal form of what a user wrote; nil when it is not one of the values.
  public func internalValue(of value: Value) -> Double? {
    switch self {
    case .float, .int:
      guard let number = value.number, contains(number) else { return nil }
      return number
    case .categorical(let choices), .ordinal(let choices):
      return choices.firstIndex(of: value).map { Double($0) }
    }
  }
}

extension Distribution {
  /// The place of an internal value in 0...1 on the distribution's own scale.
  ///
  /// Grids are widened by half a step on both sides, so that each of n values owns 1/n of a linear
  /// scale; a continuum maps its ends to 0 and 1.
  public func unit(of place: Double) -> Double {
    let (low, high, isLog) = widenedScale
    guard high > low else { return 0.5 }
    let scaled = isLog ? log(max(place, 1e-300)) : place
    return min(max((scaled - low) / (high - low), 0), 1)
  }

  /// The internal value at a place in 0...1: the inverse of `unit(of:)`, onto the nearest value.
  public func internalValue(atUnit unit: Double) -> Double {
    let (low, high, isLog) = widenedScale
    let place = low + (high - low) * min(max(unit, 0), 1)
    let raw = isLog ? exp(place) : place
    switch self {
    case .float(let low, let high, _, let step):
      guard let step, let count else { return min(max(raw, low), high) }
      let index = min(max(((raw - low) / step).rounded(), 0), Double(count - 1))
      return min(low + index * step, high)
    case .int(let low, let high, _, let step):
      let index = ((raw - Double(low)) / Double(step)).rounded()
      let most = Double((high - low) / step)
      return Double(low) + min(max(index, 0), most) * Double(step)
    case .categorical(let choices), .ordinal(let choices):
      return min(max(raw.rounded(), 0), Double(choices.count - 1))
    }
  }

  /// The ends of the scale after widening, in logarithms when the scale is logarithmic.
  package var widenedScale: (low: Double, high: Double, isLog: Bool) {
    switch self {
    case .float(let low, let high, let isLog, let step):
      if isLog { return (log(low), log(high), true) }
      guard let step, let count else { return (low, high, false) }
      return (low - step / 2, low + (Double(count) - 0.5) * step, false)
    case .int(let low, let high, let isLog, let step):
      let half = Double(step) / 2
      let top = Double(low + (high - low) / step * step)
      if isLog { return (log(Double(low) - half), log(top + half), true) }
      return (Double(low) - half, top + half, false)
    case .categorical(let choices), .ordinal(let choices):
      return (-0.5, Double(choices.count) - 0.5, false)
    }
  }
}
