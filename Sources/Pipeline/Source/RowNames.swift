import Configuration
import HDF5

/// Finds what the names of a source stand for in one open file.
///
/// A name is that of a data set of numbers, of a sparse matrix, of a group of columns (each a data set), or of a compound
/// data set. Beside a table, which is such a group or compound data set, it is that of one of its columns.
final class RowNames {
  private let file: File
  private let root: Group
  private let table: String?
  /// Whether the table is a group of columns.
  private lazy var isGroup = table.map { root.kind(of: $0) == .group } ?? false
  private let leftOut: Set<String>
  // A table may have many thousand columns, each of which is asked for by its name.
  /// The names in the table's group; nil until they are listed.
  private var children: (sorted: [String], all: Set<String>)?
  /// What each of them was called before, where that has been looked up.
  private var originals: [String: String?] = [:]
  /// The first of them that had each name; nil until one is looked for.
  private var renamed: [String: String]?
  /// The fields of the table's records; nil until they are read.
  private var fields: (all: [Field], byName: [String: Field])?

  /// Opens `path`.
  init(_ source: DataSource, in path: String) throws(PipelineError) {
    do throws(HDF5Error) {
      file = try File(opening: path)
      root = try file.root()
    } catch { throw PipelineError(error) }
    table = source.table
    leftOut = Set(source.leftOut.map(Self.full))
  }

  /// What `name` stands for, or its parts, or its columns, where there are some; columns of the names in `order` in
  /// this order, whatever that of the file.
  func rows(
    _ name: String, parts: [DataSource.Part], columns: [String], in order: [String] = []
  ) throws(PipelineError) -> any NamedRows {
    if !columns.isEmpty {
      return try self.columns(Set(columns) == Set(order) ? order : columns)
    }
    guard parts.count > 1 else { return try rows(parts.first?.dataset ?? name, in: order) }
    return try JoinedRows(try parts.map { (part) throws(PipelineError) in try rows(part.dataset) })
  }

  /// What one name stands for.
  func rows(_ name: String) throws(PipelineError) -> any NamedRows {
    guard let table else {
      if root.kind(of: name) == .group { return try group(try openGroup(name)) }
      let dataset = try openDataset(name)
      return dataset.isCompound
        ? try RecordRows(dataset, nil, isColumn: false, in: file.path)
        : try NumberRows(dataset, in: file.path)
    }
    guard isGroup else {
      return try RecordRows(try records(table), [name], isColumn: true, in: file.path)
    }
    let group = try openTable(table)
    let dataset = try column(name, of: group)
    guard dataset.elementType.isNumber else {
      throw noNumbers([(name, dataset.elementType)], of: group.place, "columns", isWhole: false)
    }
    return try NumberRows(dataset, in: file.path)
  }

  /// What one name stands for, with the columns of `order`, in this order, where they have names.
  private func rows(
    _ name: String, in order: [String]
  ) throws(PipelineError) -> any NamedRows {
    // A column of a table is no row of some.
    guard table == nil, !order.isEmpty else { return try rows(name) }
    if root.kind(of: name) == .group { return try group(try openGroup(name), in: order) }
    let dataset = try openDataset(name)
    guard dataset.isCompound else {
      let rows = try NumberRows(dataset, in: file.path)
      guard rows.columns != order,
        try Self.areThere(order, among: rows.columns, of: rows.name)
      else { return rows }
      return OrderedRows(rows, order)
    }
    let all: [Field]
    do throws(HDF5Error) { all = try dataset.fields() } catch { throw PipelineError(error) }
    let place = "\(file.path): '\(dataset.path)'"
    let areThere = try Self.areThere(order, among: all.map(\.name), of: place)
    return try RecordRows(dataset, areThere ? order : nil, isColumn: false, in: file.path)
  }

  /// Whether the columns of `order` are among `names`; false where either of them are no names but numbers, or have
  /// a name twice, and columns are found by their places.
  ///
  /// - Throws: `PipelineError` for a column that is not there, naming the nearest one.
  private static func areThere(
    _ order: [String], among names: [String], of place: String
  ) throws(PipelineError) -> Bool {
    func areNumbers(_ names: [String]) -> Bool {
      names.allSatisfy { $0.hasPrefix("column_") && Int($0.dropFirst(7)) != nil }
    }
    guard !areNumbers(order), !areNumbers(names) else { return false }
    let all = Set(names)
    guard all.count == names.count, Set(order).count == order.count else { return false }
    guard let missing = order.first(where: { !all.contains($0) }) else { return true }
    let error = missingColumn(missing, among: names, of: place, "column")
    throw PipelineError(
      "\(error.description) The training rows have it: rename the column that it is",
      exitCode: error.exitCode)
  }

  /// The columns called `names` of the table, or all but those that are left out, as what `transform` makes of
  /// them.
  ///
  /// - Parameters:
  ///   - names: the columns, in this order; nil for all.
  ///   - transform: what makes rows of them; nil for columns as they are.
  ///   - fitted: the columns that stages were fitted to, where `names` are those that they need: the rows are
  ///     dealt and held out as they were then.
  /// - Returns: The columns.
  /// - Throws: `PipelineError` for a column that is not there, naming the nearest one, and for one that holds
  ///   neither numbers nor texts.
  func table(
    _ names: [String]?, _ transform: TableTransform?, fitted: Schema? = nil
  ) throws(PipelineError) -> TableRows {
    guard let table else { preconditionFailure("no table is named") }
    var wanted = names ?? []
    if names == nil {
      if isGroup {
        let group = try openTable(table)
        for child in try Self.ordered(group) {
          // The name that stages know it by is the one that it had before.
          let name = original(child, in: group) ?? child
          if !leftOut.contains(Self.full(name)), !leftOut.contains(Self.full(child)) {
            wanted.append(name)
          }
        }
      } else {
        wanted = try fields(of: try records(table)).all.map(\.name)
        wanted.removeAll { leftOut.contains(Self.full($0)) }
      }
    }
    let readers = try wanted.map { (name) throws(PipelineError) in try cells(name) }
    var first: (any CellReader)?
    if let name = fitted?.columns.first?.name {
      // A column that nothing is made of need not be there any more.
      first = readers.first { $0.column.name == name }
      if first == nil { first = try? cells(name) }
    }
    return try TableRows(
      readers, name: "\(file.path): '\(Self.full(table))'", transform: transform,
      grid: fitted.map { ($0, first) })
  }

  /// All columns of the table side by side, but for those that are left out; those of `order` alone, in this order,
  /// where it names some.
  ///
  /// - Throws: `PipelineError` that names those that hold texts, and for one of `order` that is not there.
  func allNumbers(in order: [String] = []) throws(PipelineError) -> any NamedRows {
    let rows = try table(nil, nil)
    if !order.isEmpty,
      try Self.areThere(order, among: rows.schema.columns.map(\.name), of: rows.name)
    {
      return try columns(order)
    }
    let texts = rows.schema.columns.filter { $0.kind == .text }
    guard texts.isEmpty else {
      throw noNumbers(
        texts.map { ($0.name, .string) }, of: rows.name, "columns", isWhole: false)
    }
    let names = rows.schema.columns.map(\.name)
    guard let numbers = rows.numbers else { return try columns(names) }
    return try JoinedRows(
      numbers, name: "\(rows.name), \(names.count) columns", columns: names)
  }

  /// One column, of the table where there is one, whatever it holds.
  func cells(_ name: String) throws(PipelineError) -> any CellReader {
    guard let table, !isGroup else {
      let dataset: Dataset
      if let table {
        dataset = try column(name, of: try openTable(table))
      } else {
        dataset = try openDataset(name)
      }
      guard dataset.elementType == .string else {
        return NumberCells(try NumberRows(dataset, in: file.path), name: name)
      }
      return try TextCells(dataset, field: nil, name: name, in: file.path)
    }
    let dataset = try records(table)
    let field = try fields(of: dataset).byName[name]
    if let field, field.elementType == .string {
      return try TextCells(dataset, field: field, name: name, in: file.path)
    }
    return NumberCells(
      try RecordRows(
        dataset, [name], isColumn: true, in: file.path, known: field.map { [$0] }), name: name)
  }

  /// One column to be passed through, of the table where there is one; with `asRows` it may have several numbers in
  /// each row.
  func kept(_ name: String, asRows: Bool) throws(PipelineError) -> any KeptCells {
    guard let table else {
      return try kept(try openDataset(name), field: nil, name, asRows: asRows)
    }
    guard !isGroup else {
      return try kept(
        try column(name, of: try openTable(table)), field: nil, name, asRows: asRows)
    }
    let dataset = try records(table)
    let fields = try fields(of: dataset)
    guard let field = fields.byName[name] else {
      throw missingColumn(
        name, among: fields.all.map(\.name), of: "\(file.path): '\(dataset.path)'", "field")
    }
    return try kept(dataset, field: field, name, asRows: asRows)
  }

  private func kept(
    _ dataset: consuming Dataset, field: Field?, _ name: String, asRows: Bool
  ) throws(PipelineError) -> any KeptCells {
    let type = field?.elementType ?? dataset.elementType
    guard type != .string else {
      return KeptTexts(try TextCells(dataset, field: field, name: name, in: file.path))
    }
    let shape = dataset.shape + (field?.shape ?? [])
    guard type.isNumber, asRows || shape.count == 1 else {
      throw PipelineError(
        "\(file.path): '\(name)' holds \(type) in the shape \(shape), and "
          + (asRows
            ? "numbers or texts can be passed through: leave it out"
            : "one number or text in each row can be passed through to a text: leave it out, or write HDF5"),
        exitCode: ExitCode.usage)
    }
    if asRows {
      try checkRows(dataset, "\(file.path): '\(dataset.path)'")
      try checkContent(dataset)
    }
    return KeptNumbers(dataset, field: field)
  }

  /// Columns side by side.
  private func columns(_ names: [String]) throws(PipelineError) -> any NamedRows {
    if let table, !isGroup {
      return try RecordRows(try records(table), names, isColumn: false, in: file.path)
    }
    let place = table.map { "\(file.path): '\(Self.full($0))'" } ?? file.path
    return try JoinedRows(
      try names.map { (name) throws(PipelineError) in try rows(name) },
      name: "\(place), \(names.count) columns", columns: names)
  }

  /// A sparse matrix, or a group whose data sets are columns: those of `order`, or all in the order of its attribute
  /// `columns`, else by name.
  private func group(
    _ group: borrowing Group, in order: [String] = []
  ) throws(PipelineError) -> any NamedRows {
    if SparseGroup.isSparse(group) { return try SparseRows(group, in: file.path) }
    let place = group.place
    if !order.isEmpty, try Self.areThere(order, among: group.childNames(), of: place) {
      var parts: [any NamedRows] = []
      for name in order {
        parts.append(
          try NumberRows(try Self.column(name, among: order.count, of: group), in: file.path))
      }
      return try JoinedRows(parts, name: "\(place), \(order.count) columns", columns: order)
    }
    let prefix = group.path == "/" ? "/" : group.path + "/"
    let names = try Self.ordered(group).filter { !leftOut.contains(prefix + $0) }
    var parts: [any NamedRows] = []
    var others: [(name: String, type: ElementType)] = []
    for name in names {
      guard group.kind(of: name) != .group else {
        throw PipelineError(
          "\(place) has the group '\(name)' in it, so it is no group of columns: name a data set, or "
            + "list those that make a row")
      }
      let dataset = try Self.column(name, among: names.count, of: group)
      if dataset.elementType.isNumber {
        parts.append(try NumberRows(dataset, in: file.path))
      } else {
        others.append((name, dataset.elementType))
      }
    }
    guard others.isEmpty, !parts.isEmpty else {
      throw noNumbers(others, of: place, "columns", isWhole: true)
    }
    return try JoinedRows(parts, name: "\(place), \(parts.count) columns", columns: names)
  }

  /// The names of a group's columns, in the order of its attribute `columns`, else sorted.
  private static func ordered(_ group: borrowing Group) throws(PipelineError) -> [String] {
    guard group.hasAttribute(order) else { return group.childNames() }
    do { return try group.stringsAttribute(order) } catch { throw PipelineError(error) }
  }

  /// A column of a table that is a group: by the data set's name, or by the one that it had before
  /// `sounder convert --table` changed it.
  private func column(
    _ name: String, of group: borrowing Group
  ) throws(PipelineError) -> Dataset {
    let children = listed(group)
    let found = children.all.contains(name) ? name : renamed(group)[name]
    guard let found else {
      throw missingColumn(name, among: children.sorted, of: group.place, "column")
    }
    return try Self.column(found, among: children.all.count, of: group)
  }

  private static func column(
    _ name: String, among count: Int, of group: borrowing Group
  ) throws(PipelineError) -> Dataset {
    do { return try group.dataset(name, amongColumns: count) } catch { throw PipelineError(error) }
  }

  /// The names in the table's group.
  private func listed(_ group: borrowing Group) -> (sorted: [String], all: Set<String>) {
    if let children { return children }
    let names = group.childNames()
    let found = (sorted: names, all: Set(names))
    children = found
    return found
  }

  /// What a data set of the table's group was called before; nil where it has always been called so.
  private func original(_ child: String, in group: borrowing Group) -> String? {
    if let known = originals[child] { return known }
    let name =
      group.hasAttribute(Self.originalName, of: child)
      ? try? group.dataset(child).stringAttribute(Self.originalName) : nil
    originals.updateValue(name, forKey: child)
    return name
  }

  /// The data sets of the table's group by what they were called before.
  private func renamed(_ group: borrowing Group) -> [String: String] {
    if let renamed { return renamed }
    var found: [String: String] = [:]
    for child in listed(group).sorted {
      if let name = original(child, in: group), found[name] == nil { found[name] = child }
    }
    renamed = found
    return found
  }

  /// The fields of the table's records.
  private func fields(
    of dataset: borrowing Dataset
  ) throws(PipelineError) -> (all: [Field], byName: [String: Field]) {
    if let fields { return fields }
    let all: [Field]
    do throws(HDF5Error) { all = try dataset.fields() } catch { throw PipelineError(error) }
    let found = (
      all: all, byName: Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
    )
    fields = found
    return found
  }

  /// The compound data set that is the table.
  private func records(_ table: String) throws(PipelineError) -> Dataset {
    let dataset = try openDataset(table)
    guard dataset.isCompound else {
      throw PipelineError(
        "\(file.path): '\(dataset.path)' holds \(dataset.elementType), but a table is a compound data "
          + "set or a group of columns: leave 'table' out, or name another")
    }
    return dataset
  }

  /// The group that is the table.
  private func openTable(_ table: String) throws(PipelineError) -> Group {
    let group = try openGroup(table)
    guard !SparseGroup.isSparse(group) else {
      throw PipelineError(
        "\(group.place) is a sparse matrix, whose columns have no names: name it as 'features', and leave 'table' out"
      )
    }
    return group
  }

  private func openGroup(_ name: String) throws(PipelineError) -> Group {
    do { return try root.group(name) } catch { throw PipelineError(error) }
  }

  private func openDataset(_ name: String) throws(PipelineError) -> Dataset {
    do { return try root.dataset(name) } catch { throw PipelineError(error) }
  }

  /// What `sounder convert --table` writes: the order of a group's columns, and a column's first name.
  private static let order = "columns"
  private static let originalName = "name"

  private static func full(_ name: String) -> String { name.hasPrefix("/") ? name : "/" + name }
}
