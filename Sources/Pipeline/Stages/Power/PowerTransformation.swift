public import HDF5

/// The fitted stage `power`.
public struct PowerTransformation: Transformer {
  /// `power`.
  public static let name = "power"
  /// The family of functions.
  public let method: PowerMethod
  /// The parameter of each column.
  public let lambda: [Double]
  /// What is subtracted from each column then.
  public let mean: [Double]
  /// What each column is divided by then.
  public let scale: [Double]
  /// The shape of a row, which the stage keeps.
  public let outputShape: [Int]

  /// Makes the stage from its numbers, one for each column of rows of `shape`.
  public init(
    _ method: PowerMethod, lambda: [Double], mean: [Double], scale: [Double], shape: [Int]
  ) {
    precondition(lambda.count == shape.elementCount)
    precondition(mean.count == lambda.count && scale.count == lambda.count)
    self.method = method
    self.lambda = lambda
    self.mean = mean
    self.scale = scale
    outputShape = shape
  }

  /// None.
  public var affine: Affine? { nil }

  /// Writes bent rows.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    for row in 0..<rowCount {
      for column in 0..<lambda.count {
        let index = row * lambda.count + column
        let value = method.value(Double(rows[index]), lambda: lambda[column])
        output[index] = Float((value - mean[column]) / scale[column])
        guard output[index].isFinite else { throw failure(rows[index], column) }
      }
    }
  }

  private func failure(_ value: Float, _ column: Int) -> PipelineError {
    PipelineError(
      method == .boxCox && value <= 0
        ? "power: box_cox needs numbers above 0, and column \(column) has \(value): train with "
          + "'method: yeo_johnson', or put 'clip' before the stage"
        : "power: \(value) in column \(column), with lambda \(lambda[column]), is too large for a float: "
          + "put 'clip' before the stage")
  }

  /// Writes the data sets `lambda`, `mean` and `scale` and the attribute `method`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("method", method.rawValue)
    try group.writeNumbers("lambda", lambda)
    try group.writeNumbers("mean", mean)
    try group.writeNumbers("scale", scale)
  }

  /// Reads the data sets `lambda`, `mean` and `scale` and the attribute `method`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    let name: String
    do { name = try group.stringAttribute("method") } catch { throw PipelineError(error) }
    guard let method = PowerMethod(rawValue: name) else {
      throw PipelineError(
        "\(group.place): this version of sounder has no power method '\(name)' (it has "
          + "\(PowerMethod.allCases.map(\.rawValue).joined(separator: ", "))): use a newer one")
    }
    let count = shape.elementCount
    let scale = try group.readNumbers("scale", count: count, stage: Self.name)
    guard scale.allSatisfy({ $0 > 0 }) else {
      throw PipelineError(
        "\(group.place): the stage power divides by 0 or less: the model file is damaged, write it again"
      )
    }
    self.init(
      method, lambda: try group.readNumbers("lambda", count: count, stage: Self.name),
      mean: try group.readNumbers("mean", count: count, stage: Self.name), scale: scale,
      shape: shape)
  }
}
