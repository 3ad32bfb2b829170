import HDF5

/// The rows of one open file: features, targets and weights.
final class FileRows {
  let features: any NamedRows
  let targets: (any NamedRows)?
  let weights: (any NamedRows)?

  /// Opens what `source` names in the file at `path`.
  ///
  /// - Throws: `PipelineError` for a missing file or name, texts instead of numbers, rows of different
  ///   lengths, rows that were never written.
  init(
    _ source: DataSource, in path: String, _ transform: TableTransform?
  ) throws(PipelineError) {
    guard source.table != nil || source.tableUse == .rows else {
      throw PipelineError(
        "\(path): the pipeline's stages work on the columns of a table, and none is named beside the file: "
          + "name one, as in `table: houses`")
    }
    let names = try RowNames(source, in: path)
    let features: any NamedRows
    switch source.tableUse {
    case .stages(let table):
      let rows = try names.table(table.needed.map(\.name), transform, fitted: table.schema)
      try table.check(rows.schema, of: rows.name)
      features = rows
    case .columns:
      features = try names.table(source.takesAllColumns ? nil : source.columnNames, nil)
    case .rows where source.takesAllColumns:
      features = try names.allNumbers(in: source.columnOrder ?? [])
    case .rows:
      features = try names.rows(
        source.features, parts: source.featureParts, columns: source.featureColumns,
        in: source.columnOrder ?? [])
    }
    self.features = features
    if let target = source.target, let classes = source.targetClasses {
      targets = try ClassRows(
        try names.cells(target), classes, name: "\(path), the target '\(target)'")
    } else if source.targetsAreFeatures {
      targets = features
    } else if let target = source.target {
      targets = try names.rows(
        target, parts: source.targetParts, columns: source.targetColumns,
        in: source.targetOrder ?? [])
    } else {
      targets = nil
    }
    if let name = source.weights {
      weights = try names.rows(name, parts: [], columns: [])
    } else {
      weights = nil
    }
    for other in [targets, weights] {
      guard let other, other.rowCount != features.rowCount else { continue }
      throw PipelineError(
        "\(features.name) has \(features.rowCount) rows, but \(other.name) has "
          + "\(other.rowCount): name two data sets that belong together")
    }
  }

  /// How many rows the file has.
  var rowCount: Int { features.rowCount }

  /// Throws unless rows of `other`, a file behind this one, have the same form, naming both.
  func check(_ other: FileRows) throws(PipelineError) {
    try Self.check(features, other.features)
    if let targets, let others = other.targets { try Self.check(targets, others) }
    if let weights, let others = other.weights { try Self.check(weights, others) }
  }

  private static func check(
    _ first: any NamedRows, _ other: any NamedRows
  ) throws(PipelineError) {
    let (what, a, b): (String, String, String)
    // A CSV file without names stands beside one with some.
    if first.columns != other.columns, !first.columns.isEmpty, !other.columns.isEmpty {
      (what, a, b) = ("the columns ", words(first.columns), words(other.columns))
    } else if first.rowShape != other.rowShape {
      (what, a, b) = ("rows of ", "\(first.rowShape)", "\(other.rowShape)")
    } else if first.elementTypes != other.elementTypes {
      (what, a, b) = ("", words(first.elementTypes), words(other.elementTypes))
    } else {
      return
    }
    throw PipelineError(
      "\(first.name) has \(what)\(a), but \(other.name) has \(what)\(b): files that are read one behind "
        + "the other hold the same kind of rows")
  }

  private static func words(_ items: [some CustomStringConvertible]) -> String {
    items.prefix(12).map(\.description).joined(separator: ", ") + (items.count > 12 ? ", ..." : "")
  }
}
