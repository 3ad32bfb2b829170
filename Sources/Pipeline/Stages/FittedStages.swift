import HDF5

/// Fitted stages in order, for rows of one shape.
public struct FittedStages: Sendable {
  /// The shape of a row before the first stage.
  public let inputShape: [Int]
  /// The stages.
  public let stages: [any Transformer]

  /// Makes a list of stages; each must have been fitted to what the one before it gives.
  public init(inputShape: [Int], stages: [any Transformer] = []) {
    self.inputShape = inputShape
    self.stages = stages
  }

  /// The shape of a row behind the last stage.
  public var outputShape: [Int] { stages.last?.outputShape ?? inputShape }
  /// Numbers in a row before the first stage.
  public var inputCount: Int { inputShape.elementCount }
  /// Numbers in a row behind the last stage.
  public var outputCount: Int { outputShape.elementCount }

  /// The most numbers that a row has before, between or behind stages.
  var widestCount: Int { max(inputCount, stages.map(\.outputShape.elementCount).max() ?? 0) }

  /// Whether rows may have missing values, NaN, before the first stage.
  public var acceptsMissing: Bool { MissingRule.accepts(stages.map { type(of: $0).missing }) }

  /// How many classes the stages take class numbers of, when they begin with `one_hot`.
  public var classCount: Int? { (stages.first as? OneHotEncoding)?.classCount }

  /// The shape of a row behind all stages, of one of the shape `shape` before.
  ///
  /// - Throws: `PipelineError` for rows that the stages were not fitted to.
  func shape(for shape: [Int], _ what: String) throws(PipelineError) -> [Int] {
    guard shape == inputShape else {
      throw PipelineError(
        "pipeline.file was fitted to rows of \(what) of the shape \(inputShape), and these have \(shape): fit "
          + "a pipeline to such rows (sounder fit)")
    }
    return outputShape
  }

  /// The same with one stage more.
  func appending(_ stage: any Transformer) -> FittedStages {
    FittedStages(inputShape: inputShape, stages: stages + [stage])
  }

  /// Writes each stage into a group of its own: `00_scale`, `01_standardize`.
  func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("input_shape", inputShape)
    for (index, stage) in stages.enumerated() {
      let name = type(of: stage).name
      let number = String(index)
      let prefix = String(repeating: "0", count: max(0, 2 - number.count)) + number
      let inner = try group.createGroup("\(prefix)_\(name)")
      try inner.writeAttribute("stage", name)
      try inner.writeAttribute("index", index)
      try stage.write(to: inner)
    }
  }

  /// Reads what `write(to:)` has written.
  init(from group: borrowing Group) throws(PipelineError) {
    do {
      var shape = try group.intsAttribute("input_shape")
      try Self.checkShape(shape, group.place)
      inputShape = shape
      var found: [(index: Int, name: String)] = []
      for name in group.childNames() {
        found.append((try group.group(name).intAttribute("index"), name))
      }
      found.sort { $0.index < $1.index }
      var stages: [any Transformer] = []
      for (index, entry) in found.enumerated() {
        let inner = try group.group(entry.name)
        guard entry.index == index else {
          throw PipelineError("\(inner.place): stage \(index) is missing: the file is damaged")
        }
        let stage = try StageRegistry.transformer(
          try inner.stringAttribute("stage"), from: inner, shape: shape)
        shape = stage.outputShape
        try Self.checkShape(shape, inner.place)
        stages.append(stage)
      }
      self.stages = stages
    } catch let error as HDF5Error {
      throw PipelineError(error)
    } catch let error as PipelineError {
      throw error
    } catch {
      throw PipelineError("\(group.place): \(error)")
    }
  }

  /// Refuses rows that only a damaged file can ask for, before memory is asked for them.
  private static func checkShape(_ shape: [Int], _ path: String) throws(PipelineError) {
    guard shape.count <= 32, shape.allSatisfy({ $0 > 0 }),
      shape.reduce(1.0, { $0 * Double($1) }) <= Double(Int32.max)
    else {
      throw PipelineError("\(path): rows of the shape \(shape) are not possible: it is damaged")
    }
  }
}
