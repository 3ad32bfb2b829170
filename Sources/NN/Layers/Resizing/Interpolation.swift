private import Foundation

/// How an image gets numbers between its pixels, by Keras' names.
public enum Interpolation: String, Sendable, CaseIterable {
  /// Each pixel is repeated.
  case nearest
  /// A line between neighbours.
  case bilinear
  /// Cubic convolution with a = -1/2 (Keys 1981).
  case bicubic
  /// A sinc, windowed by another three pixels wide.
  case lanczos3
  /// A sinc, windowed by another five pixels wide.
  case lanczos5

  /// How far from a place pixels still count.
  private var radius: Int {
    switch self {
    case .nearest, .bilinear: 1
    case .bicubic: 2
    case .lanczos3: 3
    case .lanczos5: 5
    }
  }

  /// What a pixel counts at a distance of `x`, at least 0.
  private func weight(_ x: Double) -> Double {
    guard x < Double(radius) else { return 0 }
    switch self {
    case .nearest: return x < 0.5 ? 1 : 0
    case .bilinear: return 1 - x
    case .bicubic:
      return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2
    case .lanczos3, .lanczos5:
      guard x > 1e-3 else { return 1 }
      let r = Double(radius)
      return r * sin(.pi * x) * sin(.pi * x / r) / (.pi * .pi * x * x)
    }
  }

  /// The pixels that each place of an axis of `length` x `factor` is the sum of, with their weights;
  /// `taps` for each.
  ///
  /// Pixels are centred, place o lies at (o + 1/2) / factor - 1/2, and what lies beyond the border does
  /// not count: the others' weights add up to 1, as in `jax.image.resize`.
  func table(length: Int, factor: Int) -> (taps: Int, places: [UInt32], weights: [Float]) {
    let taps = 2 * radius
    var places: [UInt32] = []
    var weights: [Float] = []
    for output in 0..<length * factor {
      let centre = (Double(output) + 0.5) / Double(factor) - 0.5
      let first = Int(centre.rounded(.down)) - radius + 1
      var own: [(place: Int, weight: Double)] = []
      for place in first..<first + taps {
        let isThere = (0..<length).contains(place)
        own.append((isThere ? place : 0, isThere ? weight(abs(centre - Double(place))) : 0))
      }
      let sum = own.reduce(0) { $0 + $1.weight }
      for tap in own {
        places.append(UInt32(tap.place))
        weights.append(Float(tap.weight / sum))
      }
    }
    return (taps, places, weights)
  }
}
