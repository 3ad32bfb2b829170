private import Foundation
internal import NN

/// How evolutionary samplers make new assignments from old ones.
struct Variation {
  let space: SearchSpace
  var generator: RandomGenerator

  /// Fills `genes` up: active parameters without a usable gene get a random value; nil when the
  /// result is forbidden.
  mutating func complete(_ genes: [String: Double]) -> Assignment? {
    var result = Assignment()
    for parameter in space.parameters where space.isActive(parameter, in: result) {
      let place = generator.uniform()
      if let gene = genes[parameter.name], parameter.distribution.contains(gene) {
        result[parameter.name] = gene
      } else {
        result[parameter.name] = parameter.distribution.internalValue(atUnit: place)
      }
    }
    return space.isForbidden(result) ? nil : result
  }

  /// Another value of a parameter: a different choice, or a step of standard deviation `scale` on
  /// the parameter's own scale, mirrored at its ends.
  mutating func neighbour(of value: Double, in parameter: Parameter, scale: Double) -> Double {
    let distribution = parameter.distribution
    if distribution.isCategorical, let count = distribution.count {
      guard count > 1 else { return value }
      let other = Double(generator.below(count - 1))
      return other >= value ? other + 1 : other
    }
    if distribution.count == 1 { return value }
    for _ in 0..<100 {
      let next = distribution.internalValue(
        atUnit: Self.mirrored(distribution.unit(of: value) + scale * generator.normal()))
      if next != value { return next }
    }
    return distribution.internalValue(atUnit: generator.uniform())
  }

  /// A child's two genes between or beyond two places (simulated binary crossover, Deb and Agrawal,
  /// 1995; `spread` is their distribution index: large stays near the parents).
  mutating func crossed(_ a: Double, _ b: Double, spread: Double) -> Double {
    let u = generator.uniform()
    let beta =
      u < 0.5 ? pow(2 * u, 1 / (spread + 1)) : pow(1 / (2 * (1 - u)), 1 / (spread + 1))
    let side = generator.uniform() < 0.5 ? 1.0 : -1.0
    return min(max(0.5 * ((a + b) + side * beta * (b - a)), 0), 1)
  }

  /// A place near `place` (polynomial mutation, Deb and Goyal, 1996).
  mutating func mutated(_ place: Double, spread: Double) -> Double {
    let u = generator.uniform()
    let power = 1 / (spread + 1)
    if u < 0.5 {
      let rest = pow(1 - place, spread + 1)
      return max(place + pow(2 * u + (1 - 2 * u) * rest, power) - 1, 0)
    }
    let rest = pow(place, spread + 1)
    return min(place + 1 - pow(2 * (1 - u) + (2 * u - 1) * rest, power), 1)
  }

  private static func mirrored(_ place: Double) -> Double {
    let turn = abs(place.truncatingRemainder(dividingBy: 2))
    return turn > 1 ? 2 - turn : turn
  }
}
