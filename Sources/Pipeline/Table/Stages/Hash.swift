public import Configuration
public import HDF5

/// The stage `hash`: columns become one of `buckets` numbers, each cell in a place that a hash chooses.
///
/// A number x of the column `c` is added at the place of `c`, a text `t` counts 1 at that of `c=t`; with the
/// sign that the hash has, so that what falls into one place by chance cancels in the mean. Missing cells
/// count nothing.
/// - Source: Weinberger et al. 2009, Feature Hashing for Large Scale Multitask Learning; scikit-learn's
///   `FeatureHasher`, with the same hash.
public struct Hash: ConfiguredTableStage, FittedTableStage {
  /// More buckets make rows that are too long to be dense.
  private static let mostBuckets = 1 << 20

  /// `hash`.
  public static let name = "hash"
  /// The columns.
  public let columns: [String]
  /// How many numbers they become.
  public let bucketCount: Int
  /// Whether the sign is the hash's; else all count with a plus.
  public let alternatesSign: Bool
  /// The name of what they become.
  public let into: String

  /// Makes the stage.
  public init(
    _ columns: [String], buckets: Int, alternatesSign: Bool = true, into: String = "hash"
  ) {
    (self.columns, bucketCount) = (columns, buckets)
    (self.alternatesSign, self.into) = (alternatesSign, into)
  }

  /// Takes `columns`, `buckets`, `signed` (true) and `into` (`hash`).
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      try options.names("columns"),
      buckets: try options.int("buckets", in: 1...Self.mostBuckets),
      alternatesSign: try options.bool("signed", default: true),
      into: try options.string("into", default: "hash"))
  }

  /// `columns`, `buckets`, `signed` and `into`.
  public var value: Value {
    [
      "columns": .names(columns), "buckets": Value(.int(bucketCount)),
      "signed": Value(.bool(alternatesSign)), "into": Value(.string(into)),
    ]
  }

  /// One column in the place of the first.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let reads = try schema.cells(columns, for: Self.name)
    return TableStep(schema, joining: reads, as: into, .number(width: bucketCount))
  }

  /// One column.
  public var made: [ColumnKind] { [.number(width: bucketCount)] }

  /// The stage itself.
  public func fitted(to findings: NoFindings?, columns: [Column]) -> Hash { self }

  /// Adds the cells up at their places.
  public func transform(_ block: TableBlock, into made: [CellColumn]) {
    let output = made[0].numbers
    output.update(repeating: 0)
    var key: [UInt8] = []
    for (index, column) in block.columns.enumerated() {
      key.removeAll(keepingCapacity: true)
      key.append(contentsOf: block.names[index].utf8)
      if !column.isText {
        let (place, sign) = place(key)
        for row in 0..<block.rowCount where !column.numbers[row].isNaN {
          output[row * bucketCount + place] += sign * column.numbers[row]
        }
        continue
      }
      key.append(UInt8(ascii: "="))
      let prefix = key.count
      for row in 0..<block.rowCount {
        let text = column.texts.range(row)
        if text.isEmpty { continue }
        key.removeSubrange(prefix...)
        key.append(contentsOf: column.texts.bytes[text])
        let (place, sign) = place(key)
        output[row * bucketCount + place] += sign
      }
    }
  }

  /// Where a name goes, and with which sign.
  private func place(_ key: [UInt8]) -> (Int, Float) {
    let hash = Int32(bitPattern: Murmur3.hash(key.span, 0..<key.count))
    let sign: Float = hash >= 0 || !alternatesSign ? 1 : -1
    return (Int(hash.magnitude) % bucketCount, sign)
  }

  /// Writes the attributes `buckets` and `signed`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("buckets", bucketCount)
    try group.writeAttribute("signed", alternatesSign ? 1 : 0)
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    self.init(
      columns.map(\.name), buckets: try group.countAttribute("buckets", in: 1...Self.mostBuckets),
      alternatesSign: try group.flagAttribute("signed"))
  }
}
