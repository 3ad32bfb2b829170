private import Foundation
internal import NN

/// Random times that are never below 0 and sometimes long: log-normal ones.
struct StepTimes {
  private let sigma: Double

  /// Times whose standard deviation is `spread` of their mean.
  init(spread: Double) { sigma = log(1 + spread * spread).squareRoot() }

  /// A time with that mean.
  func next(mean: Double, _ generator: inout RandomGenerator) -> Double {
    guard sigma > 0 else { return mean }
    return mean * exp(sigma * generator.normal() - sigma * sigma / 2)
  }
}
