internal import Configuration
internal import Distributed
internal import Pipeline

/// CSV data of a job by their first lines alone: that the files are there and have the columns that the job names.
struct HeaderCheck {
  /// What was found.
  private(set) var items: [CheckItem] = []
  /// The form of the training rows, where it follows from the columns; how many there are is not known.
  private(set) var layout: RowLayout?

  /// Looks at the first line of each file; nil where the training rows are not of CSV files.
  init?(_ data: DataConfiguration, pipeline: PipelineConfiguration) {
    guard let paths = try? data.train.paths(), paths.allSatisfy(ConvertedData.isCSV) else {
      return nil
    }
    do { try ConvertedJobData.check(data, for: pipeline) } catch {
      items.append(CheckItem("data", failed: error))
      return
    }
    if let names = columns(of: data.train, paths, name: "data.train") {
      layout = Self.layout(data.train, names, pipeline)
    }
    guard case .source(let source) = data.validation else { return }
    do {
      let paths = try source.paths()
      if paths.allSatisfy(ConvertedData.isCSV) {
        _ = columns(of: source, paths, name: "data.validation")
      }
    } catch { items.append(CheckItem("data.validation", failed: error)) }
  }

  /// The names of the columns; nil where a file cannot be used.
  private mutating func columns(
    of source: DataSource, _ paths: [String], name: String
  ) -> [String]? {
    var options = ImportOptions()
    options.isTable = true
    source.csv?.apply(to: &options)
    // What is named must be there.
    for column in Self.wanted(source) { options.columnKinds[column] = .text }
    var found: [String]?
    do {
      for path in paths {
        let (names, _) = try ImportInput(path: path).columnNames(options)
        if let found, found.count != names.count {
          throw CommandError(
            "\(path): has \(names.count) columns, and \(paths[0]) \(found.count)",
            exitCode: ExitCode.data)
        }
        found = found ?? names
      }
    } catch {
      items.append(CheckItem(name, failed: error))
      return nil
    }
    items.append(
      CheckItem(
        name,
        "\(source.file): CSV with \(found?.count ?? 0) columns; its rows are not looked at (--quick)"
      ))
    return found
  }

  /// The columns that the job names.
  private static func wanted(_ source: DataSource) -> [String] {
    let targets =
      source.targetColumns.isEmpty
      ? [source.target].compactMap { $0 } : source.targetColumns
    let features =
      source.takesAllColumns
      ? [] : source.featureColumns.isEmpty ? [source.features] : source.featureColumns
    guard source.featureParts.isEmpty, source.targetParts.isEmpty else { return [] }
    return features + targets + [source.weights].compactMap { $0 }
  }

  /// The form of rows of numbers, column by column; nil where stages or windows make others of them.
  private static func layout(
    _ source: DataSource, _ names: [String], _ pipeline: PipelineConfiguration
  ) -> RowLayout? {
    guard pipeline.table.isEmpty, pipeline.window == nil, pipeline.file == nil,
      source.featureParts.isEmpty, source.targetParts.isEmpty,
      source.takesAllColumns || !source.featureColumns.isEmpty
    else { return nil }
    let others = Set(source.targetColumns + [source.target, source.weights].compactMap { $0 })
    let count =
      source.takesAllColumns
      ? names.count { !others.contains($0) } : source.featureColumns.count
    guard count > 0 else { return nil }
    let targetShape: [Int]? =
      if source.target == nil { nil } else if source.targetColumns.isEmpty { [] } else {
        [source.targetColumns.count]
      }
    return RowLayout(
      rowCount: 0, featureShape: [count], targetShape: targetShape,
      weightShape: source.weights == nil ? nil : [])
  }
}
