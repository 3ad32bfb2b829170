/// An optimizer that is another one under its own name and with its own defaults.
public protocol WrappedOptimizer: Optimizer {
  /// Its kind.
  associatedtype Base: Optimizer
  /// What does the work.
  var base: Base { get set }
}

extension WrappedOptimizer {
  /// As many as the optimizer that does the work.
  public var slotCount: Int { base.slotCount }
  /// The size of a step.
  public var learningRate: Double {
    get { base.learningRate }
    set { base.learningRate = newValue }
  }

  /// One step.
  public func update(
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    state: UnsafeMutablePointer<Float>, count: Int, step: Int
  ) {
    base.update(
      parameters: parameters, gradient: gradient, state: state, count: count, step: step)
  }
}
