public import Configuration
import HDF5

/// The stage `target_encode`: each category becomes the mean target of the rows that have it, drawn towards the
/// mean of all rows where these are few.
///
/// With n rows of a category, mean m and sum of squared distances q, the variance v and the mean M of all
/// rows: (n m + `smooth` M) / (n + `smooth`); with `smooth: auto`, w m + (1 - w) M, w = v n / (v n + q / n).
/// A category that no training row has, and a missing cell, become M. The means of training rows have their
/// own targets in them, as scikit-learn's `transform` has: it is its `fit_transform` that leaves these out.
/// - Source: scikit-learn's `TargetEncoder`; Micci-Barreca 2001.
public struct TargetEncode: ConfiguredTableStage {
  /// `target_encode`.
  public static let name = "target_encode"
  /// The columns.
  public let columns: [String]
  /// The weight of the mean of all rows, in rows; nil: by the variances.
  public let smoothing: Double?

  /// Makes the stage.
  public init(_ columns: [String], smoothing: Double? = nil) {
    (self.columns, self.smoothing) = (columns, smoothing)
  }

  /// Takes `columns` and `smooth` (`auto` without).
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
    if let value = options.value("smooth"), case .string("auto") = value.kind {
      smoothing = nil
    } else {
      smoothing =
        options.contains("smooth") ? try options.number("smooth", in: 0...1e12) : nil
    }
  }

  /// `columns` and `smooth`.
  public var value: Value {
    ["columns": .names(columns), "smooth": smoothing.map { Value(.number($0)) } ?? "auto"]
  }

  /// It does.
  public var usesTarget: Bool { true }

  /// A number in the place of each cell.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let reads = try schema.cells(columns, for: Self.name)
    return TableStep(schema, replacing: reads, by: reads.map { _ in .number(width: 1) })
  }

  /// The moments of no rows.
  public func findings(for columns: [Column]) -> TargetMoments? { TargetMoments(columns) }

  /// The means.
  public func fitted(
    to findings: TargetMoments?, columns: [Column]
  ) throws(PipelineError) -> TargetEncoding {
    guard let findings, findings.all.count > 0 else {
      throw PipelineError("target_encode: there are no rows to learn from")
    }
    let mean = findings.all.mean
    let variance = findings.all.squares / findings.all.count
    var means: [(categories: [String], means: [Double])] = []
    for (index, column) in findings.columns.enumerated() {
      let order = column.alphabetical
      means.append(
        (
          order.map(column.index.texts.text),
          order.map { number in
            let own = findings.moments[index][number]
            if let smoothing {
              let weight = own.count + smoothing
              return weight > 0 ? (own.count * own.mean + smoothing * mean) / weight : mean
            }
            let whole = variance * own.count + own.squares / own.count
            let weight = whole > 0 ? variance * own.count / whole : 1
            return weight * own.mean + (1 - weight) * mean
          }
        ))
    }
    return TargetEncoding(means, mean: mean)
  }
}
