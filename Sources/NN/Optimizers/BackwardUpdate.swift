/// An optimizer's update within the backward pass: each layer's weights are changed as soon as their
/// gradient is there, while the cache has it.
///
/// An update of all weights after the pass reads the whole gradient from memory again. The numbers are
/// the same to the bit. Who has gradients part by part behind the pass changes the weights with it, too.
public final class BackwardUpdate {
  /// What changes the weights: the kind that this was made with, perhaps with another learning rate.
  public var optimizer: any Optimizer
  /// What looks at each layer's gradient before the weights change; nil: all is applied.
  ///
  /// Behind what it refuses nothing more of the step is applied.
  public var watch: GradientWatch?
  /// The place of the layer whose backward pass runs.
  var layer = 0
  /// The buffer whose first weights are changed.
  let parameters: UnsafeMutablePointer<Float>
  private let state: UnsafeMutablePointer<Float>
  private let count: Int
  private let nextStep: () -> Int
  /// The step's number, its learning rate and its decay of the weights.
  private var step = 1, rate = 0.0, decay = 0.0
  private var limit: Clipping?

  /// Nil where the optimizer must see the whole gradient first: it scales by a norm, accumulates
  /// gradients, or keeps an average of the weights.
  ///
  /// - Parameters:
  ///   - optimizer: what changes the weights.
  ///   - parameters: the buffer that the executor is bound to.
  ///   - state: the optimizer's state, `slotCount * count` floats, which the caller keeps.
  ///   - count: the weights that are trained: the first of `parameters`.
  ///   - nextStep: counts an update and gives its number, from 1; called once a step, when its loss is
  ///     known to be a number.
  public init?(
    _ optimizer: any Optimizer, parameters: UnsafeMutablePointer<Float>,
    state: UnsafeMutablePointer<Float>, count: Int, nextStep: @escaping () -> Int
  ) {
    let common = optimizer.common
    guard optimizer.isElementwise, common.accumulationStepCount == 1, common.average == nil else {
      return nil
    }
    switch common.clipping {
    case nil, .value: break
    case .norm, .globalNorm: return nil
    }
    self.optimizer = optimizer
    self.parameters = parameters
    self.state = state
    self.count = count
    self.nextStep = nextStep
  }

  /// Counts the step.
  package func begin() {
    let common = optimizer.common
    step = max(1, nextStep())
    (rate, decay) = common.rates(at: step - 1)
    limit = common.clipping
  }

  /// Changes `count` weights from `weights` on, which lie in the buffer that this was made with.
  ///
  /// `gradient` may be changed.
  package func apply(
    to weights: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, count: Int
  ) {
    guard watch?.admits(gradient, count: count, layer: layer) ?? true else { return }
    change(weights, gradient: gradient, count: count)
  }

  /// The same for a part of a gradient x^T dy that `admits` has looked at.
  func change(
    _ weights: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, count: Int
  ) {
    let start = weights - UnsafePointer(parameters)
    limit?.clip(gradient, count: count, arrays: [])
    optimizer.apply(
      OptimizerUpdate(
        parameters: parameters + start, gradient: gradient, state: state + start, count: count,
        slotStride: self.count, step: step, rate: rate, decay: decay, arrays: []))
  }

  /// Whether the gradient x^T dy of the layer's weights may be applied, as x and dy have it.
  func admits(
    x: UnsafePointer<Float>, count xCount: Int, dy: UnsafePointer<Float>, count dyCount: Int
  ) -> Bool {
    watch?.admits(x: x, count: xCount, dy: dy, count: dyCount, layer: layer) ?? true
  }
}
