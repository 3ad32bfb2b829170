internal import CKernels
package import Configuration

/// What becomes of a gradient when others have updated the parameters since it was computed:
/// `distribution.staleness_correction`.
///
/// tau is the number of these updates. Of a gradient that is not stale nothing changes.
package enum StalenessCorrection: Sendable, Equatable {
  /// It is applied as it is.
  case none
  /// The gradient is divided by tau + 1, before the optimizer sees it: it counts less in the optimizer's
  /// moments, too.
  ///
  /// Zhang, Gupta, Lian and Liu (2016), "Staleness-aware Async-SGD for Distributed Deep Learning", arXiv
  /// 1511.05950, divide the learning rate so; for plain gradient descent that is the same.
  case inverse
  /// The learning rate of the update is divided by 1 + beta tau.
  case learningRate(beta: Double)
  /// g + lambda g² (w - read), number by number: about the gradient at the parameters w that it is applied
  /// to.
  ///
  /// Zheng et al. (2017), "Asynchronous Stochastic Gradient Descent with Delay Compensation", arXiv
  /// 1609.08326, equation 10.
  case delayCompensation(lambda: Double)

  private static let names = ["none", "inverse", "learning_rate", "delay_compensation"]

  /// Reads a name, alone or with its option: `inverse`, `learning_rate: {beta: 0.5}`.
  package init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    self = try NamedOptions(value, at: keyPath).read(
      "correction", as: Self.names, name: { $0 }
    ) { (name, options) throws(ConfigurationError) in
      switch name {
      case "inverse": .inverse
      case "learning_rate":
        .learningRate(beta: try options.number("beta", default: 1, in: 0...1e6))
      case "delay_compensation":
        .delayCompensation(lambda: try options.number("lambda", default: 0.04, in: 0...1e6))
      default: .none
      }
    }
  }

  /// The correction as the job file has it, defaults included.
  package var value: Value {
    switch self {
    case .none: "none"
    case .inverse: "inverse"
    case .learningRate(let beta): ["learning_rate": ["beta": Value(.number(beta))]]
    case .delayCompensation(let lambda):
      ["delay_compensation": ["lambda": Value(.number(lambda))]]
    }
  }

  /// Whether a worker must keep the parameters that it has read.
  package var needsCopy: Bool {
    if case .delayCompensation = self { true } else { false }
  }

  /// Corrects `count` numbers of a gradient in place; gives what the update's learning rate is to be
  /// multiplied by.
  ///
  /// `now` are the shared parameters, `read` those that the gradient was computed on.
  func correct(
    _ gradient: UnsafeMutablePointer<Float>, count: Int, staleness: Int,
    now: UnsafePointer<Float>, read: UnsafePointer<Float>?
  ) -> Double {
    guard staleness > 0 else { return 1 }
    switch self {
    case .none: return 1
    case .inverse:
      ck_scale(count, 1 / Float(staleness + 1), gradient)
      return 1
    case .learningRate(let beta): return 1 / (1 + beta * Double(staleness))
    case .delayCompensation(let lambda):
      guard let read else { preconditionFailure("no copy of what the gradient was computed on") }
      ck_compensate(count, Float(lambda), now, read, gradient)
      return 1
    }
  }
}
