private import Foundation

/// A monotone map of an objective's values onto a standardised scale that suits a Gaussian process.
///
/// Heavy tails and outliers ruin a stationary model of the raw values; which map suits is decided
/// by the likelihood of what was seen, with the map's Jacobian (Snelson, Rasmussen and Ghahramani
/// 2003, "Warped Gaussian Processes", equation 4).
struct OutputTransform: Sendable, Equatable {
  enum Shape: Sendable, Equatable {
    /// Only standardised.
    case identity
    /// log(x + c), x = 0 at the best value seen and 1 at the median; a straight line below 0.
    case logarithm(Double)
    /// Yeo and Johnson (2000), equation 2.1, around the median.
    case yeoJohnson(Double)
  }

  static let shapes: [Shape] = [
    .identity, .yeoJohnson(0), .yeoJohnson(-1), .logarithm(1), .logarithm(0.1), .logarithm(0.01),
  ]

  let shape: Shape
  private let center: Double
  private let scale: Double
  private let mean: Double
  private let deviation: Double

  /// Fits place and scale to values that are all finite; less is better.
  init(_ shape: Shape, fittedTo values: [Double]) {
    let sorted = values.sorted()
    let least = sorted.first ?? 0
    let median = Self.quantile(sorted, 0.5)
    let (average, spread) = Self.moments(values)
    self.shape = shape
    switch shape {
    case .identity:
      (center, scale) = (average, spread)
    case .logarithm:
      center = least
      scale = median > least ? median - least : spread
    case .yeoJohnson:
      center = median
      let middle = Self.quantile(sorted, 0.75) - Self.quantile(sorted, 0.25)
      scale = middle > 0 ? middle / 1.349 : spread
    }
    let raw = OutputTransform(shape, center: center, scale: scale)
    (mean, deviation) = Self.moments(values.map { raw.apply($0) })
  }

  private init(_ shape: Shape, center: Double, scale: Double) {
    self.shape = shape
    self.center = center
    self.scale = scale
    mean = 0
    deviation = 1
  }

  /// The value on the model's scale.
  func apply(_ value: Double) -> Double {
    let x = (value - center) / scale
    let warped: Double
    switch shape {
    case .identity: warped = x
    case .logarithm(let c): warped = x >= 0 ? log(x + c) : log(c) + x / c
    case .yeoJohnson(let power):
      if x >= 0 {
        warped = power == 0 ? log1p(x) : (pow(1 + x, power) - 1) / power
      } else {
        warped = (1 - pow(1 - x, 2 - power)) / (2 - power)
      }
    }
    return (warped - mean) / deviation
  }

  /// Sum of the logarithms of the map's slopes at `values`.
  func logJacobian(_ values: [Double]) -> Double {
    var sum = -Double(values.count) * log(scale * deviation)
    for value in values {
      let x = (value - center) / scale
      switch shape {
      case .identity: break
      case .logarithm(let c): sum -= log(max(x, 0) + c)
      case .yeoJohnson(let power):
        sum += x >= 0 ? (power - 1) * log1p(x) : (1 - power) * log1p(-x)
      }
    }
    return sum
  }

  private static func quantile(_ sorted: [Double], _ p: Double) -> Double {
    guard let last = sorted.last else { return 0 }
    let place = p * Double(sorted.count - 1)
    let index = Int(place)
    guard index + 1 < sorted.count else { return last }
    return sorted[index] + (place - Double(index)) * (sorted[index + 1] - sorted[index])
  }

  // The deviation is 1 where there is none.
  private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let n = Double(max(values.count, 1))
    let mean = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    let deviation = variance.squareRoot()
    return (mean, deviation > 1e-12 * (1 + abs(mean)) ? deviation : 1)
  }
}
