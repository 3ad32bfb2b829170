private import CKernels
public import Configuration

/// Repeats a row of features: [features] becomes [n, features].
public struct RepeatVector: LayerConfiguration {
  /// `repeat_vector`.
  public static let name = "repeat_vector"
  /// `RepeatVector`.
  public static let kerasClass = "RepeatVector"
  /// How often.
  public var n: Int

  /// Describes a layer.
  public init(_ n: Int) {
    precondition(n > 0, "a vector repeated \(n) times")
    self.n = n
  }

  /// Reads `n`.
  public init(options: inout Options) throws(ConfigurationError) {
    n = try options.int("n", in: 1...Int(Int32.max))
  }

  /// The option.
  public var value: Value { ["n": Value(.int(n))] }

  /// Reads the configuration of Keras' `RepeatVector`.
  public init(keras: inout Options) throws(ConfigurationError) {
    try self.init(options: &keras)
  }

  /// Keras' `RepeatVector`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("n", Value(.int(n)))])
  }

  /// [n, features].
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard input.count == 1 else {
      throw NetworkError(
        "takes inputs of the shape [features], found \(input): put `flatten` before it")
    }
    return [n, input[0]]
  }

  /// None: numbers are copied.
  public func operationCount(for inputs: [[Int]]) -> Int { 0 }

  /// Nothing.
  public var backwardUse: BackwardUse { [] }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    RepeatVectorLayer(n, plan)
  }
}

private final class RepeatVectorLayer: Layer {
  private let n: Int
  private let plan: LayerPlan

  init(_ n: Int, _ plan: LayerPlan) {
    self.n = n
    self.plan = plan
  }

  func forward(_ pass: Pass) {
    let width = plan.inputCount
    for row in 0..<plan.batchSize {
      for step in 0..<n {
        (plan.output + (row * n + step) * width).update(
          from: plan.input + row * width, count: width)
      }
    }
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = plan.outputGradient, let gradient = plan.inputGradient else {
      return
    }
    let width = plan.inputCount
    for row in 0..<plan.batchSize {
      let sum = gradient + row * width
      sum.update(from: outputGradient + row * n * width, count: width)
      for step in 1..<max(1, n) { ck_add(width, outputGradient + (row * n + step) * width, sum) }
    }
  }
}
