public import Configuration

/// An optimizer that is another one under its own name and with its own defaults.
public protocol WrappedOptimizer: Optimizer {
  /// Its kind.
  associatedtype Base: Optimizer
  /// What does the work.
  var base: Base { get set }
}

extension WrappedOptimizer {
  /// Those of the optimizer that does the work.
  public var common: CommonOptions {
    get { base.common }
    set { base.common = newValue }
  }
  /// Those of the optimizer that does the work.
  public var ruleEntries: [Value.Entry] { base.ruleEntries }
  /// That of the optimizer that does the work.
  public var kerasClass: KerasClass { base.kerasClass }
  /// As many as the optimizer that does the work.
  public var ruleSlotCount: Int { base.ruleSlotCount }
  /// As the optimizer that does the work.
  public var isElementwise: Bool { base.isElementwise }
  /// As the optimizer that does the work.
  public var recomputesParameters: Bool { base.recomputesParameters }
  /// That of the optimizer that does the work.
  public var stateLayout: String { base.stateLayout }
  /// The rule of the optimizer that does the work.
  public func apply(_ update: OptimizerUpdate) { base.apply(update) }
}
