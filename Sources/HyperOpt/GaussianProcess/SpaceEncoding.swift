private import Foundation

/// A search space as a Gaussian process sees it: points become rows of numbers whose squared
/// Euclidean distance, parameter by parameter, says how unlike two trials are.
///
/// A *point* has one coordinate for each parameter: its place in 0...1 on its own scale, or the
/// index of the choice for a categorical. A row of *features* has for
/// - a number or an ordinal: its place u, so that the squared distance is (u - u')^2;
/// - a categorical: one column per choice, so that different choices are at distance 1;
/// - a conditional number: a place on an arc around the origin, which is itself the place of an
///   inactive one: active and inactive are at distance 1 whatever u is, and the kernel stays
///   positive definite (Swersky et al. 2014, "Raiders of the Lost Architecture", section 3).
package struct SpaceEncoding: Sendable {
  /// One parameter.
  struct Axis: Sendable {
    enum Kind: Sendable {
      /// Moved by gradients; whole numbers of a wide range are rounded in the end.
      case continuous
      /// One of few places in ascending order.
      case grid([Double])
      /// One of `count` choices.
      case category(count: Int)
    }
    let parameter: Parameter
    let kind: Kind
    let conditions: [CompiledCondition]
    let columns: Range<Int>
    var isConditional: Bool { !conditions.isEmpty }
    var isContinuous: Bool { if case .continuous = kind { true } else { false } }

    /// The coordinates that a discrete parameter can have; empty for a continuous one.
    var choices: [Double] {
      switch kind {
      case .continuous: []
      case .grid(let places): places
      case .category(let count): (0..<count).map { Double($0) }
      }
    }

    /// The internal value at a coordinate.
    func value(at coordinate: Double) -> Double {
      if case .category = kind { return coordinate }
      return parameter.distribution.internalValue(atUnit: coordinate)
    }

    /// The coordinate of an internal value.
    func coordinate(of value: Double) -> Double {
      if case .category = kind { return value }
      return parameter.distribution.unit(of: value)
    }
  }

  struct CompiledCondition: Sendable {
    let parent: Int
    let test: Condition.Test
    func holds(_ value: Double) -> Bool {
      switch test {
      case .oneOf(let values): values.contains(value)
      case .within(let range): range.contains(value)
      }
    }
  }

  /// What the inner loops need of a parameter: no references.
  private struct Layout {
    var isCategory: Bool
    var isConditional: Bool
    var start: Int
    var width: Int
  }

  let axes: [Axis]
  private let layouts: [Layout]
  /// Where the columns of each parameter begin, and the number of all columns behind.
  package let first: [Int]
  /// Whether some parameter has conditions, or some combination is forbidden.
  let hasRules: Bool
  private let forbidden: [[CompiledCondition]]
  // A third of a turn's half: its chord is 1.
  private static let arc = Double.pi / 3

  /// Ranges of more values than this are treated as continuous.
  static let mostPlaces = 256

  package init(_ space: SearchSpace) {
    let names = Dictionary(
      uniqueKeysWithValues: space.parameters.enumerated().map { ($1.name, $0) })
    func compile(_ conditions: [Condition]) -> [CompiledCondition] {
      conditions.compactMap { condition in
        names[condition.parameter].map { CompiledCondition(parent: $0, test: condition.test) }
      }
    }
    var first = [0]
    axes = space.parameters.map { parameter in
      let distribution = parameter.distribution
      let isConditional = !parameter.conditions.isEmpty
      let kind: Axis.Kind
      var width = isConditional ? 2 : 1
      if case .categorical(let choices) = distribution {
        kind = .category(count: choices.count)
        if isConditional {
          width = choices.count + 1
        } else if choices.count > 2 {
          width = choices.count
        }
      } else if let count = distribution.count, count <= Self.mostPlaces {
        kind = .grid(
          Self.values(of: distribution, count: count).map { distribution.unit(of: $0) })
      } else {
        kind = .continuous
      }
      let start = first[first.count - 1]
      first.append(start + width)
      return Axis(
        parameter: parameter, kind: kind, conditions: compile(parameter.conditions),
        columns: start..<start + width)
    }
    self.first = first
    layouts = axes.map { axis in
      var isCategory = false
      if case .category = axis.kind { isCategory = true }
      return Layout(
        isCategory: isCategory, isConditional: axis.isConditional, start: axis.columns.lowerBound,
        width: axis.columns.count)
    }
    forbidden = space.forbidden.map(compile)
    hasRules = space.isConditional || !space.forbidden.isEmpty
  }

  private static func values(of distribution: Distribution, count: Int) -> [Double] {
    switch distribution {
    case .float(let low, let high, _, let step):
      return (0..<count).map { min(low + Double($0) * (step ?? 0), high) }
    case .int(let low, _, _, let step): return (0..<count).map { Double(low + $0 * step) }
    case .categorical, .ordinal: return (0..<count).map { Double($0) }
    }
  }

  /// The number of feature columns.
  package var columnCount: Int { first[first.count - 1] }

  /// The number of different points; nil when there are infinitely or uncountably many.
  ///
  /// Combinations that differ only in inactive parameters are counted once each, forbidden ones are
  /// counted: an upper bound.
  var pointCount: Int? {
    var product = 1
    for axis in axes {
      guard let count = axis.parameter.distribution.count else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: count)
      if overflow || next > 1_000_000 { return nil }
      product = next
    }
    return product
  }

  /// Which parameters are active at a point.
  package func activity(of point: [Double]) -> [Bool] {
    var active = [Bool](repeating: true, count: axes.count)
    setActivity(&active, of: point, at: 0)
    return active
  }

  /// Puts which parameters are active at the point `points[offset...]` into `active`, which holds
  /// true everywhere in a space without rules.
  func setActivity(_ active: inout [Bool], of points: [Double], at offset: Int) {
    guard hasRules else { return }
    for (i, axis) in axes.enumerated() {
      active[i] = axis.conditions.allSatisfy {
        active[$0.parent] && $0.holds(axes[$0.parent].value(at: points[offset + $0.parent]))
      }
    }
  }

  /// Whether the space forbids the point `points[offset...]`.
  func isForbidden(_ points: [Double], at offset: Int = 0, active: [Bool]) -> Bool {
    forbidden.contains { clause in
      clause.allSatisfy {
        active[$0.parent] && $0.holds(axes[$0.parent].value(at: points[offset + $0.parent]))
      }
    }
  }

  /// The point of an assignment; inactive parameters are put in the middle.
  package func point(of assignment: Assignment) -> [Double] {
    axes.map { axis in
      if let value = assignment[axis.parameter.name] { return axis.coordinate(of: value) }
      if case .category = axis.kind { return 0 }
      return 0.5
    }
  }

  /// The assignment at a point: active parameters only.
  package func assignment(at point: [Double]) -> Assignment {
    let active = activity(of: point)
    var result = Assignment()
    for (i, axis) in axes.enumerated() where active[i] {
      result[axis.parameter.name] = axis.value(at: point[i])
    }
    return result
  }

  /// Moves every coordinate of `points[offset...]` to the nearest place that its parameter can have.
  func snap(_ points: inout [Double], at offset: Int = 0) {
    for i in axes.indices {
      let x = points[offset + i]
      switch axes[i].kind {
      case .continuous: points[offset + i] = min(max(x, 0), 1)
      case .grid(let places): points[offset + i] = Self.nearest(places, to: x)
      case .category(let count):
        points[offset + i] = min(max(x.rounded(), 0), Double(count - 1))
      }
    }
  }

  // The nearest of ascending numbers.
  private static func nearest(_ places: [Double], to x: Double) -> Double {
    var low = 0
    var high = places.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if places[middle] <= x { low = middle } else { high = middle }
    }
    return x - places[low] <= places[high] - x ? places[low] : places[high]
  }

  /// Turns places of the unit cube into a point, snapped.
  func spread(_ points: inout [Double], at offset: Int = 0) {
    for i in axes.indices {
      if case .category(let count) = axes[i].kind {
        points[offset + i] = (points[offset + i] * Double(count)).rounded(.down)
      }
    }
    snap(&points, at: offset)
  }

  /// Writes the features of `points[source...]` to `row[offset + c * stride]`.
  package func write(
    _ points: [Double], at source: Int = 0, to row: inout [Double], offset: Int = 0,
    stride: Int = 1, active: [Bool]
  ) {
    for i in layouts.indices {
      let layout = layouts[i]
      let start = offset + layout.start * stride
      let x = points[source + i]
      if layout.isCategory {
        if layout.width == 1 {
          row[start] = x
          continue
        }
        for c in 0..<layout.width { row[start + c * stride] = 0 }
        guard active[i] else { continue }
        row[start + Int(x) * stride] = 0.5.squareRoot()
        if layout.isConditional { row[start + (layout.width - 1) * stride] = 0.5.squareRoot() }
      } else if layout.isConditional {
        let angle = Self.arc * (x - 0.5)
        row[start] = active[i] ? sin(angle) : 0
        row[start + stride] = active[i] ? cos(angle) : 0
      } else {
        row[start] = x
      }
    }
  }

  /// The slope along the coordinate `x` of continuous parameter `i`, from the slopes along the
  /// features at `offset`.
  func slope(_ i: Int, at x: Double, of gradient: [Double], offset: Int) -> Double {
    let layout = layouts[i]
    let start = offset + layout.start
    guard layout.isConditional else { return gradient[start] }
    let angle = Self.arc * (x - 0.5)
    return Self.arc * (gradient[start] * cos(angle) - gradient[start + 1] * sin(angle))
  }
}
