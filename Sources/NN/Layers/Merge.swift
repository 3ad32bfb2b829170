private import CKernels
public import Configuration

/// A layer that combines inputs of one shape number by number.
public protocol MergeLayer: LayerConfiguration {
  /// How numbers are combined.
  static var operation: MergeOperation { get }
  /// Describes the layer.
  init()
}

/// How the inputs of a `MergeLayer` are combined.
///
/// Of products, the largest and the smallest inputs are left out at time steps that their masks leave
/// out.
public enum MergeOperation: Sendable {
  /// x + y + …
  case sum
  /// x - y, of two inputs.
  case difference
  /// x y …
  case product
  /// (x + y + …) / n.
  case mean
  /// The largest; of equal ones the first counts for the gradient.
  case maximum
  /// The smallest.
  case minimum
}

extension MergeLayer {
  /// Reads no options.
  public init(options: inout Options) throws(ConfigurationError) { self.init() }
  /// No options.
  public var value: Value { Value(.null) }
  /// Reads no options.
  public init(keras: inout Options) throws(ConfigurationError) { self.init() }
  /// Keras' class of the same name.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [])
  }

  /// The inputs' common shape.
  public func outputShapes(for inputs: [[Int]]) throws(NetworkError) -> [[Int]] {
    let least = 2
    guard inputs.count >= least else {
      throw NetworkError("takes at least two inputs: name them with `inputs: [a, b]`")
    }
    if Self.operation == .difference, inputs.count != 2 {
      throw NetworkError("takes two inputs, found \(inputs.count)")
    }
    guard inputs.allSatisfy({ $0 == inputs[0] }) else {
      throw NetworkError(
        "takes inputs of one shape, found " + inputs.map { "\($0)" }.joined(separator: " and "))
    }
    return [inputs[0]]
  }

  /// Those of a product, a maximum or a minimum are read again.
  public var backwardUse: BackwardUse {
    switch Self.operation {
    case .sum, .difference, .mean: []
    case .product, .maximum, .minimum: .inputs
    }
  }

  /// A time step counts where it does in any input.
  public var maskRole: MaskRole { .unites }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    MergeRun(Self.operation, plan)
  }
}

/// Adds its inputs: residual connections.
public struct Add: MergeLayer {
  /// `add`.
  public static let name = "add"
  /// `Add`.
  public static let kerasClass = "Add"
  /// A sum.
  public static let operation = MergeOperation.sum
  /// Describes the layer.
  public init() {}
}

/// Subtracts its second input from the first.
public struct Subtract: MergeLayer {
  /// `subtract`.
  public static let name = "subtract"
  /// `Subtract`.
  public static let kerasClass = "Subtract"
  /// A difference.
  public static let operation = MergeOperation.difference
  /// Describes the layer.
  public init() {}
}

/// Multiplies its inputs.
public struct Multiply: MergeLayer {
  /// `multiply`.
  public static let name = "multiply"
  /// `Multiply`.
  public static let kerasClass = "Multiply"
  /// A product.
  public static let operation = MergeOperation.product
  /// Describes the layer.
  public init() {}
}

/// The mean of its inputs.
public struct Average: MergeLayer {
  /// `average`.
  public static let name = "average"
  /// `Average`.
  public static let kerasClass = "Average"
  /// A mean.
  public static let operation = MergeOperation.mean
  /// Describes the layer.
  public init() {}
}

/// The largest of its inputs.
public struct Maximum: MergeLayer {
  /// `maximum`.
  public static let name = "maximum"
  /// `Maximum`.
  public static let kerasClass = "Maximum"
  /// A maximum.
  public static let operation = MergeOperation.maximum
  /// Describes the layer.
  public init() {}
}

/// The smallest of its inputs.
public struct Minimum: MergeLayer {
  /// `minimum`.
  public static let name = "minimum"
  /// `Minimum`.
  public static let kerasClass = "Minimum"
  /// A minimum.
  public static let operation = MergeOperation.minimum
  /// Describes the layer.
  public init() {}
}

private final class MergeRun: Layer {
  private let operation: MergeOperation
  private let plan: LayerPlan
  private let count: Int
  private let masked: MaskedInputs?
  /// What is combined.
  private let inputs: [UnsafeMutablePointer<Float>]

  init(_ operation: MergeOperation, _ plan: LayerPlan) {
    self.operation = operation
    self.plan = plan
    count = plan.batchSize * plan.outputCount
    masked = MaskedInputs(operation, plan)
    inputs = masked?.inputs ?? plan.inputs
  }

  func forward(_ pass: Pass) {
    masked?.fill()
    plan.output.update(from: inputs[0], count: count)
    for place in 1..<inputs.count {
      let x = inputs[place]
      switch operation {
      case .sum, .mean: ck_add(count, x, plan.output)
      case .difference: ck_add_scaled(count, -1, x, plan.output)
      case .product: ck_multiply(count, x, plan.output)
      case .maximum: ck_select(count, 1, x, plan.output)
      case .minimum: ck_select(count, -1, x, plan.output)
      }
    }
    if operation == .mean { ck_scale_by(count, 1 / Float(plan.inputs.count), plan.output) }
    masked?.clear(output: plan.output)
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient else { return }
    for place in 0..<plan.inputs.count {
      guard let dx = plan.inputGradients[place] else { continue }
      switch operation {
      case .sum: dx.update(from: dy, count: count)
      case .mean:
        dx.update(from: dy, count: count)
        ck_scale_by(count, 1 / Float(plan.inputs.count), dx)
      case .difference:
        dx.update(from: dy, count: count)
        if place == 1 { ck_scale_by(count, -1, dx) }
      case .product:
        dx.update(from: dy, count: count)
        for other in 0..<plan.inputs.count where other != place {
          ck_multiply(count, inputs[other], dx)
        }
      case .maximum: select(place, 1, dy, dx)
      case .minimum: select(place, -1, dy, dx)
      }
      masked?.clear(gradient: dx, of: place)
    }
  }

  /// The gradient goes to the first input that has the chosen value.
  private func select(
    _ place: Int, _ sign: Float, _ dy: UnsafeMutablePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) {
    dx.update(from: dy, count: count)
    for other in 0..<plan.inputs.count where other != place {
      ck_select_gradient(
        count, sign, other < place ? 1 : 0, inputs[place], inputs[other], dx)
    }
  }
}
