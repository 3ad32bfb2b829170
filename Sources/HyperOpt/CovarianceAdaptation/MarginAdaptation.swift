private import Foundation
private import NN

/// CMA-ES on the unit cube with a margin for grids (Hamano et al., "CMA-ES with Margin", GECCO 2022,
/// section 4): no value next to the mean's own becomes too unlikely to be drawn.
package struct MarginAdaptation: Sendable {
  /// The distribution of raw points.
  package private(set) var adaptation: CovarianceAdaptation
  let axes: [UnitAxis]
  private let margin: Double
  private var stretches: [Double]  // A: how far grid coordinates are stretched when they are read

  /// The start in the middle of the cube.
  package init(_ axes: [UnitAxis], population: Int? = nil, sigma: Double = 1.0 / 6) {
    self.axes = axes
    adaptation = CovarianceAdaptation(
      mean: [Double](repeating: 0.5, count: axes.count), sigma: sigma, population: population)
    margin = 1 / Double(axes.count * adaptation.population)
    stretches = [Double](repeating: 1, count: axes.count)
  }

  /// A raw point whose continuous coordinates lie in the cube.
  package func draw(seed: UInt64) -> [Double] {
    var generator = RandomGenerator(seed: seed)
    var point: [Double] = []
    for _ in 0..<10 * axes.count {
      point = adaptation.point(at: axes.map { _ in generator.normal() })
      let isInside = zip(axes, point).allSatisfy { axis, place in
        axis.kind != .continuous || (0 <= place && place <= 1)
      }
      if isInside { return point }
    }
    return zip(axes, point).map { axis, place in
      axis.kind == .continuous ? min(max(place, 0), 1) : place
    }
  }

  /// The internal value that coordinate `index` of a raw point stands for.
  package func value(_ index: Int, of point: [Double]) -> Double {
    let axis = axes[index]
    if axis.kind == .continuous { return axis.value(at: point[index]) }
    let mean = adaptation.mean[index]
    return axis.value(at: (point[index] - mean) * stretches[index] + mean)
  }

  /// The raw point that stands for `values`, where they are known, and for the mean elsewhere.
  package func point(of values: [Double?]) -> [Double] {
    axes.indices.map { index in
      let mean = adaptation.mean[index]
      guard let value = values[index] else { return mean }
      let place = axes[index].place(of: value)
      return axes[index].kind == .continuous ? place : (place - mean) / stretches[index] + mean
    }
  }

  /// The same search from the start with another population.
  func restarted(population: Int, sigma: Double) -> MarginAdaptation {
    MarginAdaptation(axes, population: population, sigma: sigma)
  }

  /// Learns from raw points, best first, and restores the margins.
  package mutating func tell(_ ranked: [[Double]]) {
    adaptation.tell(ranked)
    for index in axes.indices where axes[index].kind == .grid { correct(index) }
  }

  // Equations 10-17, as in the authors' code; lower and upper are the mean's cell.
  private mutating func correct(_ index: Int) {
    let mean = adaptation.mean[index]
    let n = axes.count
    let (lower, upper) = limits(index, around: mean)
    let deviation = adaptation.sigma * adaptation.covariance[index * n + index].squareRoot()
    guard deviation > 0, deviation.isFinite else { return }
    let scale = deviation * stretches[index]
    var below = 0.5 * erfc((mean - lower) / scale * 0.5.squareRoot())
    var above = 0.5 * erfc((upper - mean) / scale * 0.5.squareRoot())
    let between = 1 - (below + above)
    if max(below, above) > 0.5 {
      // The mean is in the first or last cell: one step inwards keeps the margin's probability.
      guard min(below, above) < margin else { return }
      let side: Double = mean > upper ? 1 : mean < upper ? -1 : 0
      adaptation.move(index, to: upper - side * scale * NormalQuantile.value(margin))
      return
    }
    below = max(below, margin / 2)
    above = max(above, margin / 2)
    let excess = 1 - below - above - between
    let total = below + between + above - 1.5 * margin
    func share(_ p: Double) -> Double {
      min(max(p + excess * (p - margin / 2) / total, 1e-10), 0.5 - 1e-10)
    }
    let downwards = -NormalQuantile.value(share(below))
    let upwards = -NormalQuantile.value(share(above))
    stretches[index] = (upper - lower) / ((downwards + upwards) * deviation)
    adaptation.move(index, to: (lower * upwards + upper * downwards) / (downwards + upwards))
  }

  // The ends of the cell of the value nearest to `place`; both are the inner end at the outermost.
  private func limits(_ index: Int, around place: Double) -> (lower: Double, upper: Double) {
    let (lower, upper) = axes[index].cell(around: place)
    if lower < 1e-12 { return (upper, upper) }
    if upper > 1 - 1e-12 { return (lower, lower) }
    return (lower, upper)
  }
}
