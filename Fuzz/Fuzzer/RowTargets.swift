private import Configuration
private import Distributed
private import Foundation
internal import Pipeline

extension FuzzTarget {
  /// Rows of HDF5 files as trainings and predictions take them: what comes behind the opening.
  ///
  /// As with other HDF5 files, some make the C library itself crash; see `files`.
  static let rows = [
    FuzzTarget(name: "rows") { bytes in
      let path = InputFile.write(bytes)
      // A file that one job fits lacks what the others name.
      for job in rowJobs { attempt("rows") { try read(job, path) } }
    }
  ]

  /// The jobs that say what is read: of tables, of groups of columns, of several inputs and several files.
  private static let rowJobs: [PipelineJob] = {
    let folder = "Tests/Fixtures/rows"
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      let jobs = try names.filter { $0.hasSuffix(".yaml") }.map { name in
        let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        return try PipelineJob(value: try Value(yaml: text, file: name))
      }
      precondition(!jobs.isEmpty, "\(folder): has no job")
      return jobs
    } catch { preconditionFailure("\(folder), seen from the project's folder: \(error)") }
  }()

  /// Files of some bytes may say to have millions of rows, which are slow and say nothing new.
  private static let mostRows = 4096
  private static let batchRowCount = 16
  /// Small, so that there are several windows.
  private static let memoryByteCount = 1 << 14

  /// Fits the job's pipeline to all rows of the file, as `sounder fit` does, and reads them through it in batches and
  /// their cells as texts, as trainings and `predict --keep` do.
  private static func read(_ job: PipelineJob, _ path: String) throws {
    var named = job.data.train
    named.files = named.files.count == 1 ? [path] : [path, try InputFile.again()]
    guard try rowCount(job, named) <= mostRows else { return }
    let source = try job.pipeline.prepared(named)
    let table = try job.pipeline.fittedTable(to: source)
    var fitted = source
    if let table { fitted.tableUse = .stages(table) }
    let stages = try job.pipeline.fitted(to: try fitted.open())
    let pipeline = FittedPipeline(
      features: stages.features, target: stages.target, table: table,
      targetClasses: source.targetClasses, window: job.pipeline.window)
    var rows = named.bound(to: pipeline)
    _ = try rows.leftOut()
    try readBatches(rows, pipeline)
    // Columns that stand in another order are found by their names.
    let names = try rows.open().columnNames
    if !names.isEmpty {
      rows.columnOrder = names.reversed()
      try readBatches(rows, pipeline)
    }
    guard let table, rows.window == nil else { return }
    let layout = try rows.open().layout
    let cells = try KeptColumns(table.needed.map(\.name), of: named, layout: layout)
    _ = try cells.read(0..<layout.rowCount)
  }

  /// The rows of the features; the target's are not looked at, as a job may number their texts, all of them.
  private static func rowCount(_ job: PipelineJob, _ named: DataSource) throws -> Int {
    var features = named
    features.tableUse = job.pipeline.table.isEmpty ? .rows : .columns
    (features.target, features.targetParts, features.targetColumns) = (nil, [], [])
    return try features.open().layout.rowCount
  }

  /// Reads all rows of `source`, as `pipeline` makes them.
  static func readBatches(_ source: DataSource, _ pipeline: FittedPipeline) throws {
    let reader = try BatchReader(
      { () throws(PipelineError) in try source.open() }, pipeline: pipeline,
      memoryByteCount: memoryByteCount, batchRowCount: batchRowCount)
    let features = UnsafeMutableBufferPointer<Float>.allocate(
      capacity: batchRowCount * pipeline.features.outputCount)
    let targets = UnsafeMutableBufferPointer<Float>.allocate(
      capacity: batchRowCount * pipeline.target.outputCount)
    defer {
      features.deallocate()
      targets.deallocate()
    }
    reader.start(positions: 0..<reader.rows.count)
    var count = batchRowCount
    while count == batchRowCount {
      count = try reader.next(into: features, targets: targets, count: batchRowCount)
    }
  }
}
