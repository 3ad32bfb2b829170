public import HDF5

/// All that happens to a row between the file and the network, learnt and ready: part of a model.
public struct FittedPipeline: Sendable {
  /// What makes a row of features of the columns of a table; nil where the file has such rows.
  public let table: FittedTable?
  /// Rows that follow on each other and are one; nil: each is one by itself.
  public let window: RowWindow?
  /// The classes that the texts of the target are; nil where the file has numbers.
  public let targetClasses: TextClasses?
  /// What happens to features.
  public let features: FittedStages
  /// What happens to targets; its shape is that of one target row in the training file.
  public let target: FittedStages
  /// The names of the columns that a row of features was made of, in order; empty where they had none, or `table`
  /// knows them.
  public let featureNames: [String]
  /// The same of a row of targets, where it has several numbers.
  public let targetNames: [String]

  /// The version of the layout that `write(to:)` writes; files of newer ones are refused.
  ///
  /// Without a table, windows and classes it writes version 1, which older programs read.
  public static let formatVersion = 2

  private static let featureNamesName = "feature_names"
  private static let targetNamesName = "target_names"

  /// Makes a pipeline of fitted stages.
  public init(
    features: FittedStages, target: FittedStages, table: FittedTable? = nil,
    targetClasses: TextClasses? = nil, window: RowWindow? = nil, featureNames: [String] = [],
    targetNames: [String] = []
  ) {
    (self.featureNames, self.targetNames) = (featureNames, targetNames)
    self.features = features
    self.target = target
    self.table = table
    self.targetClasses = targetClasses
    self.window = window
  }

  /// The same for rows of features of another shape with as many numbers; where stages, a table or windows make
  /// rows, the shape is known, and nothing changes.
  package func taking(rowsOf shape: [Int]) -> FittedPipeline {
    guard features.stages.isEmpty, table == nil, window == nil,
      shape.elementCount == features.inputCount
    else { return self }
    return FittedPipeline(
      features: FittedStages(inputShape: shape), target: target, targetClasses: targetClasses,
      featureNames: featureNames, targetNames: targetNames)
  }

  /// The same for rows of targets of another shape, where no stages change them.
  package func taking(targetsOf shape: [Int]) -> FittedPipeline {
    guard target.stages.isEmpty else { return self }
    return FittedPipeline(
      features: features, target: FittedStages(inputShape: shape), table: table,
      targetClasses: targetClasses, window: window, featureNames: featureNames,
      targetNames: targetNames)
  }

  /// Writes the pipeline as plain HDF5: `table/00_index`, `features/00_scale`, `target/00_one_hot`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    let isOld = table == nil && targetClasses == nil && window == nil
    try group.writeAttribute("format_version", isOld ? 1 : Self.formatVersion)
    if !featureNames.isEmpty { try group.writeAttribute(Self.featureNamesName, featureNames) }
    if !targetNames.isEmpty { try group.writeAttribute(Self.targetNamesName, targetNames) }
    if let table { try table.write(to: try group.createGroup("table")) }
    if let window {
      try group.writeAttribute("window", [window.length, window.stride, window.horizon])
    }
    if let targetClasses {
      try targetClasses.write(to: try group.createGroup("target_classes"))
    }
    try features.write(to: try group.createGroup("features"))
    try target.write(to: try group.createGroup("target"))
  }

  /// Reads what `write(to:)` has written, now or in an earlier version.
  ///
  /// - Throws: `PipelineError` for a newer layout, a stage that is not known, or damage.
  public init(from group: borrowing Group) throws(PipelineError) {
    let version: Int
    do { version = try group.intAttribute("format_version") } catch { throw PipelineError(error) }
    guard version >= 1, version <= Self.formatVersion else {
      throw PipelineError(
        "\(group.place): the pipeline has format version \(version), this program reads up to "
          + "\(Self.formatVersion): use a newer sounder")
    }
    do {
      features = try FittedStages(from: try group.group("features"))
      target = try FittedStages(from: try group.group("target"))
      table =
        group.contains("table") ? try FittedTable(from: try group.group("table")) : nil
      targetClasses =
        group.contains("target_classes")
        ? try TextClasses(from: try group.group("target_classes")) : nil
      featureNames =
        group.hasAttribute(Self.featureNamesName)
        ? try group.stringsAttribute(Self.featureNamesName) : []
      targetNames =
        group.hasAttribute(Self.targetNamesName)
        ? try group.stringsAttribute(Self.targetNamesName) : []
      window =
        group.hasAttribute("window")
        ? try Self.window(try group.intsAttribute("window"), group.place) : nil
    } catch let error as HDF5Error {
      throw PipelineError(error)
    } catch let error as PipelineError {
      throw error
    } catch {
      throw PipelineError("\(group.place): \(error)")
    }
    if let table, features.inputShape != window?.shape(of: [table.width]) ?? [table.width] {
      throw PipelineError(
        "\(group.place): the table makes rows of \(table.width) numbers, but the features begin with rows "
          + "of \(features.inputShape): the model file is damaged, write it again")
    }
  }

  /// Reads the pipeline of a file that `sounder fit` or a training has written.
  ///
  /// - Throws: `PipelineError` for a file that has none, and as `init(from:)`.
  public init(reading path: String) throws(PipelineError) {
    let group: Group
    do throws(HDF5Error) {
      let file = try File(opening: path)
      guard try file.root().contains(Self.groupPath) else {
        throw HDF5Error(
          .missingObject, path: path,
          "has no fitted pipeline: name a file of 'sounder fit', or a model of 'sounder train'")
      }
      group = try file.group(Self.groupPath)
    } catch { throw PipelineError(error) }
    try self.init(from: group)
  }

  private static let groupPath = "sounder/pipeline"

  private static func window(_ numbers: [Int], _ place: String) throws(PipelineError) -> RowWindow {
    guard numbers.count == 3, numbers[0] > 0, numbers[1] > 0, numbers[2] >= 0,
      numbers.allSatisfy({ $0 <= 1 << 24 })
    else {
      throw PipelineError(
        "\(place): 'window' is \(numbers): the model file is damaged, write it again")
    }
    return RowWindow(length: numbers[0], stride: numbers[1], horizon: numbers[2])
  }
}
