public import Configuration

/// Puts its inputs one behind the other along an axis.
public struct Concatenate: LayerConfiguration {
  /// `concatenate`.
  public static let name = "concatenate"
  /// `Concatenate`.
  public static let kerasClass = "Concatenate"
  /// The axis, counted with the batch axis as 0, or from the end: -1 is the last.
  public var axis: Int

  /// Describes the layer; axis 0, the batch, cannot be chosen.
  public init(axis: Int = -1) {
    precondition(axis != 0, "samples of a batch cannot be concatenated")
    self.axis = axis
  }

  /// Reads `axis`.
  public init(options: inout Options) throws(ConfigurationError) {
    axis = try options.int("axis", default: -1, in: -100...100)
    guard axis != 0 else { throw options.error("axis 0 is the batch's", "axis") }
  }

  /// The axis.
  public var value: Value { ["axis": Value(.int(axis))] }

  /// Reads the configuration of Keras' `Concatenate`, which has the same key.
  public init(keras: inout Options) throws(ConfigurationError) { try self.init(options: &keras) }

  /// Keras' `Concatenate`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("axis", Value(.int(axis)))])
  }

  /// The place of the axis in a sample's shape.
  private func place(_ rank: Int) throws(NetworkError) -> Int {
    let place = axis > 0 ? axis - 1 : rank + axis
    guard (0..<rank).contains(place) else {
      throw NetworkError("axis \(axis) is none of a sample with \(rank) axes")
    }
    return place
  }

  /// The lengths along the axis added up.
  public func outputShapes(for inputs: [[Int]]) throws(NetworkError) -> [[Int]] {
    guard inputs.count >= 2 else {
      throw NetworkError("takes at least two inputs: name them with `inputs: [a, b]`")
    }
    let place = try place(inputs[0].count)
    var shape = inputs[0]
    shape[place] = 0
    var length = 0
    for input in inputs {
      var other = input
      if other.indices.contains(place) { other[place] = 0 }
      guard other == shape else {
        throw NetworkError(
          "inputs may differ along axis \(axis) only, found "
            + inputs.map { "\($0)" }.joined(separator: " and "))
      }
      length += input[place]
    }
    shape[place] = length
    return [shape]
  }

  /// Nothing.
  public var backwardUse: BackwardUse { [] }

  /// Along the time steps, a sample's first axis, the masks are put together, too; along another one a
  /// step counts where it does in any input.
  public func maskRole(forInputs inputs: [[Int]]) -> MaskRole {
    (try? place(inputs.first?.count ?? 0)) == 0 ? .joins : .unites
  }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    ConcatenateRun(plan, place: try place(plan.inputShape.count))
  }
}

private final class ConcatenateRun: Layer {
  private let plan: LayerPlan
  /// Runs of numbers that stay together: how many, and how long they are in the output.
  private let runs: Int
  private let width: Int
  /// How long they are in each input.
  private let widths: [Int]

  init(_ plan: LayerPlan, place: Int) {
    self.plan = plan
    runs = plan.batchSize * plan.outputShape[..<place].reduce(1, *)
    width = plan.outputShape[place...].reduce(1, *)
    widths = plan.inputShapes.map { $0[place...].reduce(1, *) }
  }

  func forward(_ pass: Pass) {
    var start = 0
    for place in 0..<widths.count {
      let count = widths[place]
      for run in 0..<runs {
        (plan.output + run * width + start).update(
          from: plan.inputs[place] + run * count, count: count)
      }
      start += count
    }
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient else { return }
    var start = 0
    for place in 0..<widths.count {
      let count = widths[place]
      if let dx = plan.inputGradients[place] {
        for run in 0..<runs {
          (dx + run * count).update(from: dy + run * width + start, count: count)
        }
      }
      start += count
    }
  }
}
