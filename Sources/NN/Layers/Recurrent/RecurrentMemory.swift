private import CKernels

/// The memory of a recurrent layer, time-major: step t of a batch is one contiguous block.
///
/// B rows, T steps, I features, U units, G gates. Steps count in the order in which they are taken.
final class RecurrentMemory {
  let options: RecurrentOptions
  let plan: LayerPlan
  let batch: Int, steps: Int, features: Int, units: Int, gateCount: Int
  /// The inputs after dropout, T x B x I; after the kernel's gradient, their gradients.
  let inputs: UnsafeMutablePointer<Float>
  /// T x B x G U: the inputs' share of what the gates get, then the gates, then their gradients.
  let gates: UnsafeMutablePointer<Float>
  /// (T + 1) x B x U: the state before each step, and the last.
  let states: UnsafeMutablePointer<Float>
  /// B x U: the gradient of the state behind the step at hand.
  let stateGradient: UnsafeMutablePointer<Float>
  /// B x U: the gradient of what the recurrent product reads.
  let hiddenGradient: UnsafeMutablePointer<Float>
  /// B x U: 0 or 1 / (1 - rate), what the recurrent product sees of the state; nil without dropout.
  let stateMask: UnsafeMutablePointer<Float>?
  /// T x B x U: the states times that mask.
  private let maskedStates: UnsafeMutablePointer<Float>?
  /// Whether this pass drops parts of the state.
  var dropsState = false

  init(_ options: RecurrentOptions, gateCount: Int, _ plan: LayerPlan) {
    self.options = options
    self.plan = plan
    self.gateCount = gateCount
    batch = plan.batchSize
    steps = plan.inputShape[0]
    features = plan.inputShape[1]
    units = options.units
    inputs = plan.allocate(steps * batch * features)
    gates = plan.allocate(steps * batch * gateCount * units)
    states = plan.allocate((steps + 1) * batch * units)
    let isTrained = plan.isTrained
    stateGradient = isTrained ? plan.allocate(batch * units) : states
    hiddenGradient = isTrained ? plan.allocate(batch * units) : states
    // Also without training: a prediction may sample the masks.
    let drops = options.recurrentDropout > 0
    stateMask = drops ? plan.allocate(batch * units) : nil
    maskedStates = drops ? plan.allocate(steps * batch * units) : nil
  }

  /// The floats of a step of states, and of gates.
  var stateCount: Int { batch * units }
  var gatesCount: Int { batch * gateCount * units }

  /// Whether a state is given; otherwise it begins with 0, and the first recurrent product is 0, too.
  var hasInitialState: Bool { plan.inputs.count > 1 }
  /// The first step whose recurrent product is computed.
  var firstStep: Int { hasInitialState ? 0 : 1 }

  /// The state before step `t`.
  func state(_ t: Int) -> UnsafeMutablePointer<Float> { states + t * stateCount }
  /// The gates of step `t`.
  func gates(_ t: Int) -> UnsafeMutablePointer<Float> { gates + t * gatesCount }
  /// What the recurrent product of step `t` reads.
  func hidden(_ t: Int) -> UnsafeMutablePointer<Float> {
    guard dropsState, let maskedStates else { return state(t) }
    return maskedStates + t * stateCount
  }

  /// Computes `hidden(t)` from the state.
  func dropState(_ t: Int) {
    guard dropsState, let stateMask else { return }
    ck_rows(
      Int32(CK_ROWS_MULTIPLY.rawValue), 1, stateCount, state(t), 0, stateMask, 0, hidden(t), 0)
  }

  /// Adds the gradient of `hidden` to the state's, or sets it.
  func passStateGradient(adding: Bool) {
    if dropsState, let stateMask { ck_multiply(stateCount, stateMask, hiddenGradient) }
    if adding {
      ck_add(stateCount, hiddenGradient, stateGradient)
    } else {
      stateGradient.update(from: hiddenGradient, count: stateCount)
    }
  }
}

extension LayerPlan {
  /// A zeroed block of `count` floats that lives as long as the layer.
  func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    guard let base = arena.allocate(max(1, count)).baseAddress else {
      preconditionFailure("an empty block")
    }
    return base
  }
}
