import HDF5

/// Fields of the records of a compound data set, side by side in a row.
final class RecordRows: NamedRows {
  private let dataset: Dataset
  private let selection: FieldSelection
  /// File, data set and fields.
  let name: String
  let rowShape: [Int]
  let columns: [String]
  let elementTypes: [ElementType]

  /// Takes over a compound data set.
  ///
  /// - Parameters:
  ///   - dataset: the data set.
  ///   - names: the fields to take, in the order of a row; nil for all.
  ///   - isColumn: whether the only field is a row by itself, as a data set would be, rather than a row
  ///     of one column.
  ///   - file: the name of its file, for messages.
  ///   - known: the fields of these names, where they are known; nil to look all of them up.
  /// - Throws: `PipelineError` for a field that is not there, naming the nearest one, and for fields that
  ///   hold no numbers, naming them.
  init(
    _ dataset: consuming Dataset, _ names: [String]?, isColumn: Bool, in file: String,
    known: [Field]? = nil
  ) throws(PipelineError) {
    let place = "\(file): '\(dataset.path)'"
    self.dataset = dataset
    let all: [Field]
    if let known {
      all = known
    } else {
      do throws(HDF5Error) { all = try self.dataset.fields() } catch { throw PipelineError(error) }
    }
    var fields = all
    if let names {
      fields = []
      let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
      for name in names {
        guard let field = byName[name] else {
          throw missingColumn(name, among: all.map(\.name), of: place, "field")
        }
        fields.append(field)
      }
    }
    let others = fields.filter { !$0.elementType.isNumber }
    guard others.isEmpty, !fields.isEmpty else {
      throw noNumbers(
        others.map { ($0.name, $0.elementType) }, of: place, "fields", isWhole: names == nil)
    }
    guard self.dataset.shape.count <= 1 else {
      throw PipelineError(
        "\(place) has records of the shape \(self.dataset.shape), but one record is one row: give it "
          + "one axis")
    }
    try checkRows(self.dataset, place)
    let width = fields.reduce(0) { $0 + $1.count }
    guard width <= Int(Int32.max) else {
      throw PipelineError("\(place) has \(width) numbers in a record: a row must fit into memory")
    }
    try checkContent(self.dataset)
    do throws(HDF5Error) { selection = try self.dataset.select(fields) } catch {
      throw PipelineError(error)
    }
    rowShape = isColumn && fields.count == 1 ? fields[0].shape : [width]
    columns = fields.map(\.name)
    elementTypes = fields.map(\.elementType)
    name =
      fields.count == 1
      ? "\(place), field '\(fields[0].name)'" : "\(place), \(fields.count) fields"
  }

  var rowCount: Int { dataset.rowCount }
  var isBytes: Bool { false }
  var chunkRowCount: Int? { dataset.chunkShape?.first }

  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    precondition(E.self == Float.self, "records are read as floats")
    let floats = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: Float.self)
    do { try dataset.read(selection, rows: rows, into: floats) } catch {
      throw PipelineError(error)
    }
  }
}
