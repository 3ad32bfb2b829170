/// A layer that walks through the time steps of a sequence and keeps a state: SimpleRNN, LSTM, GRU.
///
/// Its input is [steps, features]; further inputs are the states it begins with, [units] each, in the
/// order in which it returns them.
public protocol RecurrentConfiguration: LayerConfiguration {
  /// What all have in common.
  var options: RecurrentOptions { get set }
  /// The blocks of `units` columns in a kernel.
  static var gateCount: Int { get }
  /// The states: 2 for an LSTM, h and c.
  static var stateCount: Int { get }
  /// The bias' shape and its beginning.
  var biasSlot: ParameterSlot { get }
  /// Operations of a step on each number of the state, beside the products with kernels and the biases; a
  /// function is one.
  var elementOperationCount: Int { get }
  /// Compiles the layer; `salt` sets the random masks of two layers in one place apart.
  func makeLayer(_ plan: LayerPlan, salt: UInt64) throws(NetworkError) -> any Layer
}

extension RecurrentConfiguration {
  /// [steps, units] or [units], and with `returnState` [units] for each state.
  public func outputShapes(for inputs: [[Int]]) throws(NetworkError) -> [[Int]] {
    guard let sequence = inputs.first, sequence.count == 2, sequence[0] > 0, sequence[1] > 0 else {
      let found = inputs.first.map { "\($0)" } ?? "none"
      throw NetworkError(
        "takes sequences of the shape [steps, features], found \(found): put `reshape` or "
          + "`embedding` before it")
    }
    let units = options.units
    guard inputs.count == 1 || inputs.count == 1 + Self.stateCount else {
      throw NetworkError(
        "takes a sequence, and optionally \(Self.stateCount) state(s) to begin with: found "
          + "\(inputs.count) inputs")
    }
    guard inputs.dropFirst().allSatisfy({ $0 == [units] }) else {
      throw NetworkError(
        "begins with states of the shape [\(units)], found "
          + inputs.dropFirst().map { "\($0)" }.joined(separator: " and "))
    }
    let output = options.returnSequences ? [sequence[0], units] : [units]
    let states = options.returnState ? Self.stateCount : 0
    return [output] + [[Int]](repeating: [units], count: states)
  }

  /// `kernel` [features, gates x units], `recurrent_kernel` [units, gates x units] and, with a bias,
  /// `bias`.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    let columns = Self.gateCount * options.units
    let slots = [
      ParameterSlot(
        "kernel", shape: [input.last ?? 1, columns], initializer: options.kernelInitializer,
        regularizer: options.kernelRegularizer),
      ParameterSlot(
        "recurrent_kernel", shape: [options.units, columns],
        initializer: options.recurrentInitializer, regularizer: options.recurrentRegularizer),
    ]
    guard options.useBias else { return slots }
    var bias = biasSlot
    bias.regularizer = options.biasRegularizer
    return slots + [bias]
  }

  /// States to begin with are an argument of their own.
  public var kerasCall: KerasCall { KerasCall(hasStates: true) }

  /// Whether inputs or states are dropped.
  public var drawsNoise: Bool { options.dropout > 0 || options.recurrentDropout > 0 }

  /// The layer keeps what its backward pass reads in an order of its own.
  public var backwardUse: BackwardUse { [] }

  /// A masked step leaves the state as it is; with all steps returned the same count.
  public var maskRole: MaskRole { options.returnSequences ? .passes : .drops }

  /// For each time step a product and an addition for each weight of the kernels, an addition for each bias,
  /// and `elementOperationCount` for each unit.
  public func operationCount(for inputs: [[Int]]) -> Int {
    guard let input = inputs.first, input.count == 2 else { return 0 }
    let (products, overflow) = (2 * Self.gateCount * options.units).multipliedReportingOverflow(
      by: input[1] + options.units)
    guard !overflow else { return 0 }
    let others = (options.useBias ? biasSlot.count : 0) + elementOperationCount * options.units
    return (products + others).multipliedReportingOverflow(by: input[0]).partialValue
  }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    try makeLayer(plan, salt: 0)
  }
}
