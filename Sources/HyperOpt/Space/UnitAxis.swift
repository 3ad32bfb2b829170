private import Foundation

/// One parameter as a density sees it, with its scale worked out once.
///
/// Numbers lie on 0...1 of their own scale (logarithmic first, grids widened by half a step), as
/// `Distribution.unit(of:)` has it; categories are their indices.
package struct UnitAxis {
  /// What lies on it.
  enum Kind: Equatable {
    /// A continuum.
    case continuous
    /// Values with an order, each with a cell of its own.
    case grid
    /// So many choices without an order.
    case categorical(Int)
  }

  let name: String
  let distribution: Distribution
  let kind: Kind
  private let low: Double
  private let length: Double
  private let isLog: Bool

  package init(_ parameter: Parameter) {
    name = parameter.name
    distribution = parameter.distribution
    let (low, high, isLog) = distribution.widenedScale
    self.low = low
    length = high - low
    self.isLog = isLog
    switch distribution {
    case .categorical(let choices): kind = .categorical(choices.count)
    default: kind = distribution.count == nil ? .continuous : .grid
    }
  }

  /// The internal value at a place.
  package func value(at place: Double) -> Double {
    if case .categorical = kind { return place }
    return distribution.internalValue(atUnit: place)
  }

  /// Whether a place can be one: a journal of another program may hold anything.
  func accepts(_ place: Double) -> Bool {
    guard case .categorical(let choices) = kind else { return 0 <= place && place <= 1 }
    return Int(exactly: place).map { 0 <= $0 && $0 < choices } ?? false
  }

  /// The place of an internal value.
  package func place(of value: Double) -> Double {
    if case .categorical = kind { return value }
    let place = ((isLog ? log(value) : value) - low) / length
    // Rounding may lead 1e-16 past an end.
    return place < 0 && place > -1e-9 ? 0 : place > 1 && place < 1 + 1e-9 ? 1 : place
  }

  /// The ends of the cell of the value at `place` of a grid.
  func cell(around place: Double) -> (lower: Double, upper: Double) {
    let value = distribution.internalValue(atUnit: place)
    if isLog {
      return ((log(value - 0.5) - low) / length, (log(value + 0.5) - low) / length)
    }
    let half = 0.5 / Double(distribution.count ?? 1)
    let middle = (value - low) / length
    return (middle - half, middle + half)
  }
}
