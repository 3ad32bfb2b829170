private import Foundation

/// The families of learning curves that `CurveModel` knows, on a fixed grid of their parameters.
///
/// Each is a function of u, the part of the training that is done, 0 < u <= 1. The families are
/// those of Domhan et al. (2015, table 1) that differ in what they predict: power laws, logarithms,
/// exponentials, Weibull and sigmoid curves that begin with a plateau, and curves that fall fastest
/// at the end, as under a schedule that lowers the learning rate.
enum CurveShape: Sendable {
  /// u^-a; a = 0 stands for its limit, -log u.
  case power(Double)
  /// exp(-b u).
  case exponential(Double)
  /// -u^p.
  case late(Double)
  /// exp(-(b u)^2).
  case weibull(Double)
  /// 1 / (1 + exp(20 (u - c))).
  case sigmoid(Double)
  /// 0: a trial that learns nothing stays where trials begin, whatever the others reach.
  case flat

  /// All shapes, each with its weight before any curve was seen.
  static let all: [(shape: CurveShape, weight: Double)] = {
    var shapes: [(shape: CurveShape, weight: Double)] = [(.flat, 0.15)]
    shapes += [0, 0.25, 0.5, 1, 2].map { (.power($0), 0.08) }
    shapes += [2, 5, 10, 20, 40].map { (.exponential($0), 0.08) }
    shapes += [1, 2, 4].map { (.late($0), 0.03) }
    shapes += [2, 4].map { (.weibull($0), 0.02) }
    shapes += [0.2, 0.4, 0.6, 0.8].map { (.sigmoid($0), 0.01) }
    return shapes
  }()

  /// The weight of `UsualShape` beside these.
  static let usualWeight = 0.1

  /// The shape's value at u.
  func value(at u: Double) -> Double {
    switch self {
    case .power(let exponent): exponent == 0 ? -log(u) : pow(u, -exponent)
    case .exponential(let rate): exp(-rate * u)
    case .late(let exponent): -pow(u, exponent)
    case .weibull(let rate): exp(-(rate * u) * (rate * u))
    case .flat: 0
    case .sigmoid(let centre): 1 / (1 + exp(20 * (u - centre)))
    }
  }
}
