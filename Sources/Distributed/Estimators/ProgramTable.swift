internal import Configuration
private import HDF5
public import Pipeline

/// Tables of rows that a program makes, written to a file for a while like those of CSV files: what learns from a table
/// reads them again and again.
extension Table {
  /// The cells of a column, one for each row.
  public enum Cells: Sendable {
    /// Numbers; NaN where one is missing.
    case numbers([Double])
    /// Texts; empty where one is missing.
    case texts([String])

    /// How many rows there are.
    public var count: Int {
      switch self {
      case .numbers(let values): values.count
      case .texts(let texts): texts.count
      }
    }
  }

  /// Takes columns from memory, each with a cell for each row.
  ///
  /// Collective over `world` and blocking; the cells are those of rank 0, the names the same on all ranks.
  /// - Parameters:
  ///   - name: what jobs, model files and messages call the rows: a training goes on from a checkpoint only with rows of
  ///     the same name.
  ///   - columns: the columns in order, each with its name.
  ///   - surveys: Whether all rows are looked through: what learns from a table asks for that, predictions do not.
  ///   - world: The ranks that read it.
  /// - Throws: `DistributedError` (64) for columns without a name of their own or without rows, and for such of several
  ///   lengths; (74) where the file cannot be made.
  public init(
    named name: String, columns: KeyValuePairs<String, Cells>, surveys: Bool = true,
    on world: borrowing Communicator
  ) throws {
    try self.init(named: name, surveys: surveys, on: world) { group in
      let names = columns.map { $0.key }
      try Self.check(names, of: name)
      let rowCount = columns.first?.value.count ?? 0
      for (column, cells) in columns {
        guard cells.count == rowCount, rowCount > 0 else {
          throw DistributedError(
            "'\(name)': the column '\(column)' has \(cells.count) cells, and '\(names[0])' \(rowCount): give each one "
              + "cell for each row, and one row at least", exitCode: ExitCode.usage)
        }
        switch cells {
        case .numbers(let values):
          try group.createDataset(column, shape: [rowCount], of: Double.self).write(values)
        case .texts(let texts):
          // Each takes the room of the longest.
          let byteCount = texts.reduce(0) { max($0, $1.utf8.count) } * rowCount
          guard byteCount <= Self.mostTextByteCount else {
            throw DistributedError(
              "'\(name)': the texts of the column '\(column)' take \(byteCount >> 20) MiB, since each has the room of "
                + "the longest, and at most \(Self.mostTextByteCount >> 20) are kept: shorten the longest",
              exitCode: ExitCode.usage)
          }
          try group.createDataset(column, strings: texts)
        }
      }
      return names
    }
  }

  /// Takes the rows of `source`, which a program reads by itself.
  ///
  /// All of them are read once, by rank 0, a few megabytes at a time, and take 4 bytes a number in the file for a while.
  /// Collective over `world` and blocking.
  /// - Parameters:
  ///   - source: the rows, without weights. Its name is the table's.
  ///   - columns: the names of the numbers of a row of features, in order; nil: those that the source has, else all
  ///     numbers are one column, `features`.
  ///   - target: the name of the column that the targets are, of several numbers where they are; nil: they are not read.
  ///   - surveys: Whether all rows are looked through: what learns from a table asks for that, predictions do not.
  ///   - world: The ranks that read it.
  /// - Throws: `DistributedError` (64) for rows of files, for another number of names than a row has numbers, for
  ///   names that are no columns', and for rows with weights; (74) where the file cannot be made; what the source throws.
  public init(
    _ source: DataSource, columns: [String]? = nil, target: String? = "target",
    surveys: Bool = true, on world: borrowing Communicator
  ) throws {
    try self.init(named: source.file, surveys: surveys, on: world) { group in
      try Self.write(source, columns, target, into: group)
    }
  }

  /// Opens what rank 0 writes as the columns whose names it gives.
  private init(
    named name: String, surveys: Bool, on world: borrowing Communicator,
    _ write: (borrowing Group) throws -> [String]
  ) throws {
    let scratch = try ScratchFile(ending: ".h5", on: world)
    if world.rank == 0 {
      try File.replace(scratch.path) { file in
        let group = try file.root().createGroup(DataSource.usualTable)
        let names = try write(group)
        try group.writeAttribute("kind", "table")
        try group.writeAttribute("columns", names)
      }
    }
    // The others open it next.
    try world.barrier()
    try self.init(name, name: DataSource.usualTable, in: scratch, surveys: surveys, on: world)
  }

  /// Throws for names that are not those of different columns.
  private static func check(_ names: [String], of table: String) throws(DistributedError) {
    guard !names.isEmpty else {
      throw DistributedError(
        "'\(table)': has no columns: give one at least", exitCode: ExitCode.usage)
    }
    var seen: Set<String> = []
    for name in names {
      let isName = ![".", "..", ""].contains(name) && !name.contains { $0 == "/" || $0 == "\0" }
      guard isName, seen.insert(name).inserted else {
        throw DistributedError(
          "'\(table)': '\(name)' is no name of a column: give each one of its own, without / and NUL",
          exitCode: ExitCode.usage)
      }
    }
  }

  /// What the texts of a column may take.
  private static let mostTextByteCount = 1 << 30
  /// What is read at a time.
  private static let blockByteCount = 4 << 20

  /// Writes the rows of `source` as columns, and gives their names.
  private static func write(
    _ source: DataSource, _ columns: [String]?, _ target: String?, into group: borrowing Group
  ) throws -> [String] {
    guard source.ofFiles == nil else {
      throw DistributedError(
        "\(source.file): is a file, of which nothing has to be written once more: open it with Table(path)",
        exitCode: ExitCode.usage)
    }
    let opened = try source.open()
    let layout = opened.layout
    guard layout.weightShape == nil else {
      throw DistributedError(
        "\(source.file): a table is made of rows of numbers, and these have weights: leave weightShape out, or train "
          + "a job (TrainingJob)", exitCode: ExitCode.usage)
    }
    let width = layout.featureCount
    let known = opened.featureColumns
    let names = columns ?? (known.count == width ? known : ["features"])
    guard names.count == width || columns == nil else {
      throw DistributedError(
        "\(source.file): \(names.count) columns are named (\(names.prefix(8).joined(separator: ", "))), and a row "
          + "has \(width) numbers: name each, or none", exitCode: ExitCode.usage)
    }
    let targets = layout.targetShape == nil ? [] : [target].compactMap { $0 }
    try check(names + targets, of: source.file)
    let rowCount = layout.rowCount
    let isSplit = names.count == width
    for name in names {
      try group.createDataset(
        name, shape: isSplit ? [rowCount] : [rowCount, width], of: Float.self)
    }
    let targetCount = layout.targetCount
    for name in targets {
      try group.createDataset(
        name, shape: targetCount == 1 ? [rowCount] : [rowCount, targetCount], of: Float.self)
    }
    let most = max(1, min(rowCount, blockByteCount / max(1, (width + targetCount) * 4)))
    var features = [Float](repeating: 0, count: most * width)
    var targetRows = [Float](repeating: 0, count: most * max(1, targetCount))
    for start in stride(from: 0, to: rowCount, by: most) {
      let rows = start..<min(start + most, rowCount)
      let count = rows.count
      try features.withUnsafeMutableBufferPointer { buffer in
        try opened.readFeatures(
          rows, into: UnsafeMutableBufferPointer(rebasing: buffer[..<(count * width)]))
      }
      for (index, name) in names.enumerated() {
        guard isSplit, width > 1 else {
          try write(features, to: name, rows, count * width, in: group)
          continue
        }
        let column = (0..<count).map { features[$0 * width + index] }
        try write(column, to: name, rows, count, in: group)
      }
      for name in targets {
        try targetRows.withUnsafeMutableBufferPointer { buffer in
          try opened.readTargets(
            rows, into: UnsafeMutableBufferPointer(rebasing: buffer[..<(count * targetCount)]))
        }
        try write(targetRows, to: name, rows, count * targetCount, in: group)
      }
    }
    return names + targets
  }

  /// Writes the first `count` values as `rows` of the data set `name`.
  private static func write(
    _ values: [Float], to name: String, _ rows: Range<Int>, _ count: Int,
    in group: borrowing Group
  ) throws {
    let dataset = try group.dataset(name)
    try values.withUnsafeBufferPointer {
      try dataset.write(rows: rows, from: UnsafeBufferPointer(rebasing: $0[..<count]))
    }
  }
}
