private import CKernels
public import Configuration

/// Puts the axes of each sample into another order.
public struct Permute: LayerConfiguration {
  /// `permute`.
  public static let name = "permute"
  /// `Permute`.
  public static let kerasClass = "Permute"
  /// The axes in their new order, counted from 1.
  public var dims: [Int]

  /// Describes the layer; `dims` has each of 1...n once.
  public init(_ dims: [Int]) {
    precondition(dims.sorted() == Array(1..<dims.count + 1), "axes \(dims)")
    self.dims = dims
  }

  /// Reads `dims`.
  public init(options: inout Options) throws(ConfigurationError) {
    dims = try options.ints("dims", in: 1...64)
    guard dims.sorted() == Array(1..<dims.count + 1), !dims.isEmpty else {
      throw options.error("each of the axes 1 to \(max(1, dims.count)) must stand once", "dims")
    }
  }

  /// The order.
  public var value: Value { ["dims": Value(.list(dims.map { Value(.int($0)) }))] }

  /// Reads the configuration of Keras' `Permute`, which has the same key.
  public init(keras: inout Options) throws(ConfigurationError) { try self.init(options: &keras) }

  /// Keras' `Permute`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("dims", Value(.list(dims.map { Value(.int($0)) })))])
  }

  /// The lengths in the new order.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard input.count == dims.count else {
      throw NetworkError("has an order of \(dims.count) axes, and its input is \(input)")
    }
    return dims.map { input[$0 - 1] }
  }

  /// Nothing.
  public var backwardUse: BackwardUse { [] }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    PermuteLayer(dims, plan)
  }
}

private final class PermuteLayer: Layer {
  private let plan: LayerPlan
  /// For each number of a sample's output, its place in the input.
  private let places: [UInt32]

  init(_ dims: [Int], _ plan: LayerPlan) {
    self.plan = plan
    let input = plan.inputShape
    var strides = [Int](repeating: 1, count: input.count)
    for axis in input.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * input[axis + 1]
    }
    let lengths = plan.outputShape
    var places: [UInt32] = []
    places.reserveCapacity(plan.outputCount)
    var index = [Int](repeating: 0, count: lengths.count)
    for _ in 0..<plan.outputCount {
      places.append(UInt32(zip(index, dims).reduce(0) { $0 + $1.0 * strides[$1.1 - 1] }))
      var axis = lengths.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < lengths[axis] { break }
        index[axis] = 0
        axis -= 1
      }
    }
    self.places = places
  }

  func forward(_ pass: Pass) {
    let count = plan.outputCount
    for sample in 0..<plan.batchSize {
      let (x, y) = (plan.input + sample * count, plan.output + sample * count)
      for i in 0..<count { y[i] = x[Int(places[i])] }
    }
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient, let dx = plan.inputGradient else { return }
    let count = plan.outputCount
    for sample in 0..<plan.batchSize {
      let (from, to) = (dy + sample * count, dx + sample * count)
      for i in 0..<count { to[Int(places[i])] = from[i] }
    }
  }
}
