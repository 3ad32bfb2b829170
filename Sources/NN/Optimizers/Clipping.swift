private import CKernels
internal import Configuration

/// What happens to a gradient that is too large.
///
/// Source: `keras/src/optimizers/base_optimizer.py`, `_clip_gradients`. Of a gradient that is not
/// finite, a norm makes no number.
public enum Clipping: Sendable, Equatable {
  /// `clipvalue`: each number into -limit...limit.
  case value(Double)
  /// `clipnorm`: each trained array times limit / max(norm, limit).
  case norm(Double)
  /// `global_clipnorm`: the same with the norm of the whole gradient.
  case globalNorm(Double)

  /// Reads the keys, of which at most one may be given.
  init?(options: inout Options) throws(ConfigurationError) {
    let keys = ["clipvalue", "clipnorm", "global_clipnorm"]
    var given: [String] = []
    for key in keys where options.value(key) != nil { given.append(key) }
    guard let key = given.first else { return nil }
    if given.count > 1 {
      throw options.error("is a second kind of clipping beside \(key): give one", given[1])
    }
    let limit = try options.positive(key, default: 1)
    switch key {
    case "clipvalue": self = .value(limit)
    case "clipnorm": self = .norm(limit)
    default: self = .globalNorm(limit)
    }
  }

  var entries: [Value.Entry] {
    switch self {
    case .value(let limit): [.init("clipvalue", Value(.number(limit)))]
    case .norm(let limit): [.init("clipnorm", Value(.number(limit)))]
    case .globalNorm(let limit): [.init("global_clipnorm", Value(.number(limit)))]
    }
  }

  /// Clips `count` numbers in place; no `arrays`: they are one array.
  public func clip(_ gradient: UnsafeMutablePointer<Float>, count: Int, arrays: [Range<Int>]) {
    switch self {
    case .value(let limit): ck_clip(count, Float(limit), gradient)
    case .globalNorm(let limit): Self.shorten(gradient, count, to: limit)
    case .norm(let limit):
      if arrays.isEmpty { Self.shorten(gradient, count, to: limit) }
      for array in arrays {
        Self.shorten(gradient + array.lowerBound, array.count, to: limit)
      }
    }
  }

  private static func shorten(
    _ gradient: UnsafeMutablePointer<Float>, _ count: Int, to limit: Double
  ) {
    let norm = ck_sum_of_squares(count, gradient).squareRoot()
    // Written so that a norm that is no number scales, too.
    if !(norm <= limit) { ck_scale(count, Float(limit / norm), gradient) }
  }
}
