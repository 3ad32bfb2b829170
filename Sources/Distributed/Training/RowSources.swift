package import Pipeline

/// Where a job's rows come from, as its pipeline reads them before it is fitted, or when it is.
package struct RowSources {
  /// The rows to train on.
  let train: DataSource
  /// The same, open.
  let opened: any OpenedSource
  /// The rows that validate, where they have a source of their own; nil: they are a part of the others, or there are none.
  package let validation: DataSource?

  /// Each source that there is, the rows to train on first.
  package var all: [DataSource] { [train] + (validation.map { [$0] } ?? []) }

  /// Opens the rows to train on; with the pipeline that was fitted before, columns are what its stages make of them.
  ///
  /// Not collective. Reads all targets where `configuration` numbers their classes, and `data` have none.
  /// - Throws: `PipelineError` for files, tables and targets that are not there.
  package init(
    _ data: DataConfiguration, _ configuration: PipelineConfiguration,
    fitted pipeline: FittedPipeline? = nil
  ) throws {
    train = try pipeline.map { data.train.bound(to: $0) } ?? configuration.prepared(data.train)
    opened = try train.open()
    guard case .source(var own) = data.validation else {
      validation = nil
      return
    }
    // The stages and the classes are those of the training rows.
    own.tableUse = train.tableUse
    own.targetClasses = train.targetClasses
    own.window = train.window
    // Columns are those of the training rows, by their names.
    let order = train.columnOrder ?? []
    own.columnOrder = order.isEmpty ? opened.columnNames : order
    let targetOrder = train.targetOrder ?? []
    own.targetOrder = targetOrder.isEmpty ? opened.targetNames : targetOrder
    validation = own
  }
}

@available(*, unavailable)
extension RowSources: Sendable {}
