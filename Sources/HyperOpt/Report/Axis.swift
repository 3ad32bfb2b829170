private import Foundation
internal import Configuration

/// One direction of a chart: from values to pixels, with ticks at round values.
struct Axis {
  /// How values lie on the axis.
  enum Kind: Equatable {
    case linear
    case logarithmic
    /// Names at equal distances; values are their numbers.
    case choices([String])
  }

  let kind: Kind
  /// The pixels of the two ends.
  let from: Double
  let to: Double
  // The ends on the axis's own scale.
  private let low: Double
  private let high: Double
  /// Whether only whole numbers are marked.
  private var isWhole = false

  /// An axis for numbers from `low` to `high`, which are moved apart when they are equal.
  init(_ low: Double, _ high: Double, logarithmic: Bool = false, from: Double, to: Double) {
    let isLog = logarithmic && low > 0 && high.isFinite
    kind = isLog ? .logarithmic : .linear
    self.from = from
    self.to = to
    let ends = isLog ? (log10(low), log10(high)) : (low, high)
    if ends.1 - ends.0 > 1e-12 * max(abs(ends.0), abs(ends.1), 1e-300) {
      (self.low, self.high) = ends
    } else {
      let half = isLog ? 0.5 : max(abs(ends.0) * 0.1, 0.5)
      (self.low, self.high) = (ends.0 - half, ends.0 + half)
    }
  }

  /// An axis of names at equal distances, with room at both ends.
  init(choices names: [String], from: Double, to: Double) {
    self.init(.choices(names), -0.5, Double(names.count) - 0.5, from, to)
  }

  /// An axis for the values of a parameter, with room at both ends.
  init(_ distribution: Distribution, from: Double, to: Double) {
    switch distribution {
    case .categorical, .ordinal:
      self.init(choices: distribution.choiceLabels, from: from, to: to)
    case .float(let low, let high, let isLog, _):
      self.init(padding: low, high, isLog, from, to)
    case .int(let low, let high, let isLog, _):
      self.init(padding: Double(low), Double(high), isLog, from, to)
      isWhole = true
    }
  }

  private init(
    padding low: Double, _ high: Double, _ isLog: Bool, _ from: Double, _ to: Double
  ) {
    let inner = Axis(low, high, logarithmic: isLog, from: from, to: to)
    let margin = (inner.high - inner.low) * 0.04
    self.init(inner.kind, inner.low - margin, inner.high + margin, from, to)
  }

  private init(_ kind: Kind, _ low: Double, _ high: Double, _ from: Double, _ to: Double) {
    self.kind = kind
    self.low = low
    self.high = high
    self.from = from
    self.to = to
  }

  /// The pixel of a value; values beyond the ends are drawn at them.
  func pixel(_ value: Double) -> Double {
    let scaled = kind == .logarithmic ? log10(max(value, 1e-300)) : value
    guard !scaled.isNaN else { return from }
    let part = min(max((scaled - low) / (high - low), 0), 1)
    return from + part * (to - from)
  }

  /// The value at a part of the axis, 0...1.
  func value(at part: Double) -> Double {
    let scaled = low + part * (high - low)
    return kind == .logarithmic ? pow(10, scaled) : scaled
  }

  /// One marked place.
  struct Tick {
    let pixel: Double
    let label: String
  }

  /// Round values, about `count` of them, on any axis.
  func ticks(_ count: Int) -> [Tick] {
    guard count > 0 else { return [] }
    return switch kind {
    case .choices(let names):
      names.enumerated().map { Tick(pixel: pixel(Double($0)), label: $1) }
    case .linear: linearTicks(low, high, count) { $0 }
    case .logarithmic: logarithmicTicks(count)
    }
  }

  private func linearTicks(
    _ low: Double, _ high: Double, _ count: Int, _ place: (Double) -> Double
  ) -> [Tick] {
    let rough = (high - low) / Double(max(count, 1))
    guard rough > 0, rough.isFinite else { return [] }
    let power = pow(10, log10(rough).rounded(.down))
    let nice = power * ([1, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10)
    let step = isWhole ? max(nice.rounded(), 1) : nice
    let places = max(0, Int(-(log10(step) + 1e-9).rounded(.down)))
    let first = (low / step - 1e-6).rounded(.up)
    let last = (high / step + 1e-6).rounded(.down)
    guard last >= first, last - first < 100 else { return [] }
    return stride(from: first, through: last, by: 1).map { index in
      let value = index * step
      let isPlain = places <= 6 && abs(value) < 1e6 || value == 0
      return Tick(
        pixel: pixel(place(value)),
        label: isPlain ? value.fixed(min(places, 6)) : value.text(significantDigits: 3))
    }
  }

  private func logarithmicTicks(_ count: Int) -> [Tick] {
    let decades = high - low
    // Less than a factor of two or so: round values as on a linear axis.
    if decades < 0.6 { return linearTicks(pow(10, low), pow(10, high), count) { $0 } }
    let factors: [Double] = decades < 1.6 ? [1, 2, 5] : decades < 3 && count >= 5 ? [1, 3] : [1]
    let stride = max(1, Int((decades / Double(max(count, 1))).rounded(.up)))
    var ticks: [Tick] = []
    for exponent in Int(low.rounded(.down))...Int(high.rounded(.up))
    where exponent % stride == 0 || factors.count > 1 {
      for factor in factors {
        let value = factor * pow(10, Double(exponent))
        guard log10(value) >= low - 1e-9, log10(value) <= high + 1e-9 else { continue }
        ticks.append(Tick(pixel: pixel(value), label: Self.decimal(factor, exponent)))
      }
    }
    return ticks
  }

  /// `0.01`, `300`, and `2e-5` or `1e6` where zeros would be many.
  private static func decimal(_ factor: Double, _ exponent: Int) -> String {
    if (-3...4).contains(exponent) {
      return (factor * pow(10, Double(exponent))).fixed(max(-exponent, 0))
    }
    return "\(Int(factor))e\(exponent)"
  }
}
