private import CKernels

/// Looks at the gradient of each of a network's layers before it changes the weights, and refuses one that is
/// not finite or has exploded.
///
/// Exploded is what is `limit` times as long as the layer's gradients were on average. The mean is over all
/// steps that were accepted and had a gradient: one over the last steps alone would take a rare hard batch
/// behind many easy ones for an explosion. Nothing is refused for its length before a layer has had
/// `warmUpCount` gradients, unless it is longer than `largestNorm`.
public final class GradientWatch {
  /// A gradient that was refused.
  public struct Finding: Sendable, Equatable {
    /// The layer's place in `network.layers`.
    public let layer: Int
    /// The length of its gradient, or an upper bound of it; not finite where a number of it is not.
    public let norm: Double
    /// The mean length so far; 0 where there is none yet.
    public let mean: Double
  }

  /// What was refused first in this step; nil: nothing.
  public private(set) var finding: Finding?
  /// How many times the mean length is too long; 0: none but `largestNorm` is.
  public let limit: Double

  /// A longer gradient is refused in any case: squares of it, as optimizers keep them, are no floats.
  public static let largestNorm = 1e18

  /// The gradients that a layer has had before one is refused for its length.
  public static let warmUpCount = 10

  /// Where a layer's gradient lies, and the change of its moving averages.
  private struct Place {
    let layer: Int
    let trained: Range<Int>
    let state: Range<Int>
  }

  /// The lengths of one part of a layer's gradient.
  private struct Lengths {
    var sum = 0.0
    var count = 0
    /// That of the step that runs.
    var latest = 0.0
  }

  private let places: [Place]
  /// Two parts for each layer: what is judged by its factors x and dy, and the rest.
  private var lengths: [Lengths]

  /// Watches the gradients of `network`.
  public init(_ network: Network, limit: Double) {
    self.limit = limit
    lengths = Array(repeating: Lengths(), count: 2 * network.layers.count)
    places = network.layers.indices.compactMap { index in
      let layer = network.layers[index]
      guard layer.sharing == nil, layer.parameterCount > 0 else { return nil }
      let counts = layer.weightCounts
      let (trained, state) = (layer.trainedStart ?? 0, layer.stateStart ?? 0)
      return Place(
        layer: index, trained: trained..<trained + counts.trained,
        state: state..<state + counts.state)
    }
  }

  /// A step begins.
  public func begin() {
    finding = nil
    for index in lengths.indices { lengths[index].latest = 0 }
  }

  /// Looks at what a backward pass has left in `gradient`.
  ///
  /// - Parameters:
  ///   - gradient: the flat gradient buffer, with the change of moving averages behind the gradient.
  ///   - isApplied: whether the gradient has changed the weights in the pass, where it was looked at.
  /// - Returns: what was refused in this step; nil: nothing.
  public func inspect(_ gradient: UnsafePointer<Float>, isApplied: Bool) -> Finding? {
    for index in 0..<places.count where finding == nil {
      let place = places[index]
      if !isApplied, !place.trained.isEmpty {
        _ = admits(
          gradient + place.trained.lowerBound, count: place.trained.count, layer: place.layer)
      }
      guard !place.state.isEmpty, finding == nil else { continue }
      let square = Self.square(gradient + place.state.lowerBound, place.state.count)
      if !square.isFinite {
        finding = Finding(layer: place.layer, norm: square.squareRoot(), mean: 0)
      }
    }
    return finding
  }

  /// The step's update was made: its lengths count.
  public func accept() {
    for index in lengths.indices where lengths[index].latest > 0 {
      lengths[index].sum += lengths[index].latest
      lengths[index].count += 1
    }
  }

  /// Whether `gradient` may be applied: the weights of a layer, or what `admits(x:…)` has left of them.
  func admits(_ gradient: UnsafePointer<Float>, count: Int, layer: Int) -> Bool {
    guard finding == nil else { return false }
    return admits(Self.square(gradient, count).squareRoot(), layer: layer, part: 1)
  }

  /// The same for a gradient x^T dy that is computed only while it is applied.
  ///
  /// Its length is at most that of x times that of dy, and so is each of its numbers (Cauchy and Schwarz):
  /// it is finite where the product is a float.
  func admits(
    x: UnsafePointer<Float>, count xCount: Int, dy: UnsafePointer<Float>, count dyCount: Int,
    layer: Int
  ) -> Bool {
    guard finding == nil else { return false }
    let norm = (Self.square(x, xCount) * Self.square(dy, dyCount)).squareRoot()
    return admits(norm, layer: layer, part: 0)
  }

  private func admits(_ norm: Double, layer: Int, part: Int) -> Bool {
    let index = 2 * layer + part
    let (sum, count) = (lengths[index].sum, lengths[index].count)
    let mean = count > 0 ? sum / Double(count) : 0
    let isTooLong = limit > 0 && count >= Self.warmUpCount && norm > limit * mean
    // Written so that a norm that is no number is refused, too.
    guard norm <= Self.largestNorm, !isTooLong else {
      finding = Finding(layer: layer, norm: norm, mean: mean)
      return false
    }
    lengths[index].latest = norm
    return true
  }

  /// The sum of squares; not finite only where a number is not.
  package static func square(_ values: UnsafePointer<Float>, _ count: Int) -> Double {
    let quick = ck_quick_sum_of_squares(count, values)
    return quick.isFinite ? quick : ck_sum_of_squares(count, values)
  }
}

@available(*, unavailable)
extension GradientWatch: Sendable {}
