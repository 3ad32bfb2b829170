internal import Distributed
private import HDF5
internal import Pipeline

/// Finds the data sets of files that a trained model is to be fed with.
struct DataSelection {
  /// What was chosen.
  let source: DataSource
  /// What a user should know about the choice, when it was not the user's and not the model's.
  let remark: String?

  /// Chooses features, and a target where one is needed.
  ///
  /// In this order: what the user names, the names that the model's job has for validation and for
  /// training, the only data set whose rows have the form that the model takes.
  /// - Parameters:
  ///   - path: The data file, or a pattern or list of several, of which the first is looked through.
  ///   - model: The model.
  ///   - features: The features that the user names.
  ///   - target: The target that the user names.
  ///   - needsTarget: Whether the rows' targets are read.
  /// - Throws: an error that lists the data sets when there is no choice or more than one.
  init(
    _ path: String, for model: TrainedModel, features: String?, target: String?, needsTarget: Bool
  ) throws {
    let named = DataSource(file: path, features: features ?? "", target: target)
    let datasets = try FoundDataset.all(in: try named.paths()[0])
    let recorded = Self.recorded(model)
    func exists(_ name: String?) -> Bool {
      guard let name else { return false }
      let plain = FoundDataset.plain(name)
      // A group may be one, with columns in it.
      return datasets.contains { $0.name == plain || $0.name.hasPrefix(plain + "/") }
    }
    // Several data sets make a row: they are those of the job, or one that has all columns.
    let hasStages = model.pipeline.table != nil
    if features == nil || target == nil || hasStages,
      let own = recorded.first(where: \.isComposed)
    {
      var chosen = own
      chosen.file = path
      chosen.largestRowByteCount = nil
      // Names of columns are as good as those of data sets, as long as there is the table.
      if features != nil, !exists(chosen.table) { chosen.table = nil }
      if hasStages {
        // The stages find columns by their names: what can be named is the table.
        chosen.table = try Self.table(features ?? own.table ?? "", path, isNamed: features != nil)
      } else if let features {
        chosen.takesAllColumns = false
        (chosen.features, chosen.featureParts, chosen.featureColumns) = (features, [], [])
      }
      if let target { (chosen.target, chosen.targetParts, chosen.targetColumns) = (target, [], []) }
      if !needsTarget { (chosen.target, chosen.targetParts, chosen.targetColumns) = (nil, [], []) }
      if !needsTarget || chosen.table == nil && !exists(chosen.weights) { chosen.weights = nil }
      let parts = (chosen.featureParts + chosen.targetParts).map(\.dataset)
      let wanted =
        chosen.table.map { [$0] } ?? (parts + chosen.featureColumns + chosen.targetColumns)
      let missing = wanted.filter { !exists($0) }
      guard missing.isEmpty else {
        throw CommandError(
          "\(path): the model was trained on several data sets or columns, and "
            + "\(missing.joined(separator: ", ")) is not there: name data sets that have all columns "
            + "with --features and --target",
          exitCode: 66)
      }
      source = chosen.bound(to: model.pipeline)
      remark =
        hasStages && features == nil && chosen.table != own.table
        ? "table: took '\(chosen.table ?? "")', the only one of the file" : nil
      return
    }
    var remarks: [String] = []
    let chosen: String
    if let features {
      chosen = features
    } else if let name = recorded.first(where: { exists($0.features) })?.features {
      chosen = name
    } else {
      var inputShape = model.pipeline.features.inputShape
      if model.pipeline.window != nil { inputShape.removeFirst() }
      let fitting = datasets.filter { $0.isNumber && $0.rowShape == inputShape }
      chosen = try Self.only(
        fitting, of: datasets, path,
        "rows of the shape \(inputShape), which the model takes; name them with --features")
      remarks.append("features: took '\(chosen)', the only data set whose rows fit the model")
    }
    func selected(_ target: String?, weights: String? = nil) -> DataSource {
      var source = DataSource(file: path, features: chosen, target: target, weights: weights)
      // A group has the training's targets in it also where they are not read.
      source.leftOut += recorded.filter { $0.features == chosen }.flatMap(\.leftOut)
      return source.bound(to: model.pipeline)
    }
    guard needsTarget else {
      source = selected(nil)
      remark = remarks.first
      return
    }
    let partner = recorded.first {
      FoundDataset.plain($0.features) == FoundDataset.plain(chosen) && exists($0.target)
    }
    if let target {
      source = selected(target)
    } else if let partner {
      // Weighted as in training, where the file has the weights.
      source = selected(
        partner.target, weights: exists(partner.weights) ? partner.weights : nil)
    } else {
      let rowCount = datasets.first { $0.name == FoundDataset.plain(chosen) }?.rowCount
      let targetShape = model.pipeline.target.inputShape
      let fitting = datasets.filter {
        $0.isNumber && $0.rowCount == rowCount && $0.rowShape == targetShape
          && $0.name != FoundDataset.plain(chosen)
      }
      let name = try Self.only(
        fitting, of: datasets, path, "targets for '\(chosen)'; name them with --target")
      source = selected(name)
      remarks.append("target: took '\(name)', the only data set that fits")
    }
    remark = remarks.isEmpty ? nil : remarks.joined(separator: "; ")
  }

  /// The data sets that the model's job names, those for validation first.
  private static func recorded(_ model: TrainedModel) -> [DataSource] {
    guard let data = model.data else { return [] }
    var recorded = [data.train]
    if case .source(let source) = data.validation { recorded.insert(source, at: 0) }
    return recorded.compactMap(\.ofFiles)
  }

  /// The table of a file: the one called `name`, or, unless the user named it, the only one.
  private static func table(_ name: String, _ path: String, isNamed: Bool) throws -> String {
    let root = try File(opening: DataSource(file: path, features: "", target: nil).paths()[0])
      .root()
    if root.contains(name) || isNamed { return name }
    var tables: [String] = []
    for child in root.childNames() {
      let isTable =
        switch root.kind(of: child) {
        case .group: !SparseGroup.isSparse(try root.group(child))
        case .dataset: try root.dataset(child).isCompound
        default: false
        }
      if isTable { tables.append(child) }
    }
    guard tables.count == 1 else {
      throw CommandError(
        "\(path): has no table '\(name)', of which the model knows the columns (found "
          + "\(tables.isEmpty ? "none" : tables.joined(separator: ", "))): name one with --features",
        exitCode: 66)
    }
    return tables[0]
  }

  private static func only(
    _ fitting: [FoundDataset], of all: [FoundDataset], _ path: String, _ wanted: String
  ) throws(CommandError) -> String {
    if fitting.count == 1 { return fitting[0].name }
    let listed = (fitting.isEmpty ? all : fitting).prefix(8).map(\.description)
    let names = listed.isEmpty ? "no data set" : listed.joined(separator: ", ")
    throw CommandError(
      "\(path): \(fitting.isEmpty ? "no" : "more than one") data set has \(wanted) (found \(names))",
      exitCode: fitting.isEmpty ? 66 : 64)
  }
}

/// A data set of a file, as a choice needs it.
private struct FoundDataset: CustomStringConvertible {
  let name: String
  let shape: [Int]
  let isNumber: Bool

  var rowCount: Int { shape.first ?? 0 }
  var rowShape: [Int] { Array(shape.dropFirst()) }
  var description: String { "'\(name)' \(shape)" }

  /// A name without the slash before it.
  static func plain(_ name: String) -> String {
    String(name.drop { $0 == "/" })
  }

  /// All data sets of the file, by name.
  static func all(in path: String) throws -> [FoundDataset] {
    var found: [FoundDataset] = []
    try collect(try File(opening: path).root(), depth: 0, into: &found)
    return found
  }

  private static func collect(
    _ group: borrowing Group, depth: Int, into found: inout [FoundDataset]
  ) throws {
    guard depth < 16, found.count < 10_000 else { return }
    for name in group.childNames() {
      switch group.kind(of: name) {
      case .group:
        let inner = try group.group(name)
        guard SparseGroup.isSparse(inner) else {
          try collect(inner, depth: depth + 1, into: &found)
          continue
        }
        // One that has no shape is told of when it is named.
        guard let shape = try? SparseGroup.shape(of: inner) else { continue }
        found.append(
          FoundDataset(
            name: plain(inner.path), shape: [shape.rows, shape.columns], isNumber: true))
      case .dataset:
        let dataset = try group.dataset(name)
        guard !dataset.shape.isEmpty else { continue }
        found.append(
          FoundDataset(
            name: plain(dataset.path), shape: dataset.shape,
            isNumber: dataset.elementType.isNumber))
      default: continue
      }
    }
  }
}
