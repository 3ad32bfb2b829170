private import CKernels
public import Configuration

/// x, or below 0 alpha x, with an alpha that is trained for each number of a sample: He and others
/// (2015).
public struct PReLU: LayerConfiguration {
  /// `prelu`.
  public static let name = "prelu"
  /// `PReLU`.
  public static let kerasClass = "PReLU"
  /// How alpha begins.
  public var alphaInitializer: Initializer
  /// A penalty on alpha's size.
  public var alphaRegularizer: Regularizer?
  /// The axes along which alpha is the same, counted from 1.
  public var sharedAxes: [Int]

  /// Describes a layer.
  public init(
    alphaInitializer: Initializer = .zeros, alphaRegularizer: Regularizer? = nil,
    sharedAxes: [Int] = []
  ) {
    precondition(sharedAxes.allSatisfy { $0 > 0 }, "axes \(sharedAxes)")
    self.alphaInitializer = alphaInitializer
    self.alphaRegularizer = alphaRegularizer
    self.sharedAxes = sharedAxes
  }

  /// Reads `alpha_initializer`, `alpha_regularizer` and `shared_axes`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      alphaInitializer: try options.initializer("alpha_initializer", default: .zeros),
      alphaRegularizer: try options.regularizer("alpha_regularizer"),
      sharedAxes: try options.ints("shared_axes", default: [], in: 1...64))
  }

  private var axes: Value { sharedAxes.isEmpty ? Value(.null) : Value(ints: sharedAxes) }

  /// The options, defaults included.
  public var value: Value {
    var entries: [Value.Entry] = [.init("alpha_initializer", alphaInitializer.value)]
    if let alphaRegularizer { entries.append(.init("alpha_regularizer", alphaRegularizer.value)) }
    if !sharedAxes.isEmpty { entries.append(.init("shared_axes", axes)) }
    return Value(.map(entries))
  }

  /// Reads the configuration of Keras' `PReLU`.
  public init(keras: inout Options) throws(ConfigurationError) {
    try keras.refuse(["alpha_constraint"])
    self.init(
      alphaInitializer: try keras.kerasInitializer("alpha_initializer", default: .zeros),
      alphaRegularizer: try keras.kerasRegularizer("alpha_regularizer"),
      sharedAxes: try keras.ints("shared_axes", default: [], in: 1...64))
  }

  /// Keras' `PReLU`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      [
        .init("alpha_initializer", alphaInitializer.kerasConfig),
        .init("alpha_regularizer", alphaRegularizer?.kerasConfig ?? Value(.null)),
        .init("shared_axes", axes),
      ]
    )
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard sharedAxes.allSatisfy({ $0 <= input.count }), !input.isEmpty else {
      throw NetworkError(
        "shares its slopes along the axes \(sharedAxes), and its input has the shape \(input)")
    }
    return input
  }

  /// `alpha`: the input's shape, with 1 along shared axes.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    [
      ParameterSlot(
        "alpha",
        shape: input.enumerated().map { sharedAxes.contains($0.offset + 1) ? 1 : $0.element },
        initializer: alphaInitializer, regularizer: alphaRegularizer)
    ]
  }

  /// The input.
  public var backwardUse: BackwardUse { .inputs }

  /// The same time steps count.
  public var maskRole: MaskRole { .passes }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    PReLULayer(parameters(for: plan.inputShape)[0].shape, plan)
  }
}

private final class PReLULayer: Layer {
  private let plan: LayerPlan
  private let rows, columns, count: Int
  /// Where each number of a sample finds its alpha; nil: at its own place in a row.
  private let places: UnsafeMutablePointer<UInt32>?
  private var alpha: UnsafeMutablePointer<Float>?
  private var alphaGradient: UnsafeMutablePointer<Float>?

  init(_ shape: [Int], _ plan: LayerPlan) {
    self.plan = plan
    count = shape.reduce(1, *)
    let input = plan.inputShape
    // Slopes that are only shared along the first axes are rows of their own.
    let first = shape.firstIndex { $0 != 1 } ?? shape.count
    let isPlain = shape[first...] == input[first...]
    columns = isPlain ? count : plan.inputCount
    rows = plan.batchSize * plan.inputCount / columns
    guard !isPlain else {
      places = nil
      return
    }
    let own = plan.arena.allocate(plan.inputCount).baseAddress.map {
      UnsafeMutableRawPointer($0).bindMemory(to: UInt32.self, capacity: plan.inputCount)
    }
    for index in 0..<plan.inputCount {
      var (rest, place, stride) = (index, 0, 1)
      for axis in input.indices.reversed() {
        if shape[axis] > 1 { place += rest % input[axis] * stride }
        rest /= input[axis]
        stride *= shape[axis]
      }
      own?[index] = UInt32(place)
    }
    places = own
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    alpha = parameters
    alphaGradient = gradient
  }

  func forward(_ pass: Pass) {
    guard let alpha else { return }
    ck_prelu_forward(rows, columns, alpha, places, plan.input, plan.output)
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient, let alpha, let alphaGradient else { return }
    ck_prelu_backward(
      rows, columns, count, alpha, places, plan.input, dy, plan.inputGradient, alphaGradient)
  }
}
