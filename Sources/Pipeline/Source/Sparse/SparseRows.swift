import HDF5

/// The rows of a sparse matrix, with zeros where the file has no pair.
///
/// Reads the pairs of the rows that are asked for, block by block through memory that stays.
final class SparseRows: NamedRows {
  private let values: Dataset
  private let indices: Dataset
  private let starts: Dataset
  private let file: String
  /// File and group.
  let name: String
  let rowCount: Int
  private let width: Int
  private let pairCount: Int

  /// What is in memory beside the rows: the beginnings of so many rows, and so many pairs.
  private static let blockRowCount = 4096
  private static let blockPairCount = 32_768
  /// Zeros take no room in a chunk of the file, but in memory they do.
  private static let usualChunkByteCount = 16 << 20

  private lazy var startNumbers = Memory<Int>(min(Self.blockRowCount, rowCount) + 1)
  private lazy var indexNumbers = Memory<Int>(min(Self.blockPairCount, pairCount))
  private lazy var floats = Memory<Float>(min(Self.blockPairCount, pairCount))

  private final class Memory<Number: Element> {
    let numbers: UnsafeMutableBufferPointer<Number>

    init(_ count: Int) { numbers = .allocate(capacity: max(1, count)) }

    deinit { numbers.deallocate() }
  }

  /// Opens the sparse matrix `group` of `file`.
  ///
  /// - Throws: `PipelineError` for a matrix without rows or columns, data sets that are missing, of other lengths or
  ///   types than such a matrix has, or that were never written. What is in a row is looked at when it is read.
  init(_ group: borrowing Group, in file: String) throws(PipelineError) {
    self.file = file
    name = "\(file): '\(group.path)'"
    (rowCount, width) = try SparseGroup.shape(of: group)
    do throws(HDF5Error) {
      values = try group.dataset(SparseGroup.data)
      indices = try group.dataset(SparseGroup.indices)
      starts = try group.dataset(SparseGroup.indptr)
    } catch { throw PipelineError(error) }
    pairCount = values.rowCount
    guard rowCount > 0, width > 0 else {
      throw PipelineError(
        "\(name) is empty (its shape is [\(rowCount), \(width)]): fill it, or name another data set"
      )
    }
    guard width <= Int(Int32.max) else {
      throw PipelineError(
        "\(name) has \(width) columns (its shape is [\(rowCount), \(width)]), but a row must fit into memory: rows are "
          + "the first axis")
    }
    try checkForms()
  }

  /// Throws unless the data sets belong together.
  private func checkForms() throws(PipelineError) {
    func check(_ dataset: borrowing Dataset, areIntegers: Bool) throws(PipelineError) {
      guard dataset.elementType.isNumber, dataset.elementType.isInteger || !areIntegers else {
        throw PipelineError(
          "\(place(dataset)) holds \(dataset.elementType), but in a sparse matrix it holds "
            + "\(areIntegers ? "whole numbers" : "numbers"): write it anew")
      }
      guard dataset.shape.count == 1 else {
        throw PipelineError(
          "\(place(dataset)) has the shape \(dataset.shape), but in a sparse matrix it has one axis: write it anew"
        )
      }
      // Where there is no pair, nothing was written.
      if dataset.rowCount > 0 { try checkContent(dataset) }
    }
    try check(values, areIntegers: false)
    try check(indices, areIntegers: true)
    try check(starts, areIntegers: true)
    guard indices.rowCount == pairCount else {
      throw PipelineError(
        "\(place(indices)) has \(indices.rowCount) numbers, but \(place(values)) has \(pairCount): each value has its "
          + "column, so write both anew")
    }
    guard starts.rowCount - 1 == rowCount else {
      let isByColumns = starts.rowCount - 1 == width
      throw PipelineError(
        "\(place(starts)) has \(starts.rowCount) numbers, but of [\(rowCount), \(width)], the attribute 'shape', it "
          + "has one more than the \(rowCount) rows: "
          + (isByColumns
            ? "a matrix by columns (CSC) is written as its tocsr()" : "write both of one matrix"))
    }
    let first = try number(of: starts, at: 0)
    let last = try number(of: starts, at: rowCount)
    guard first == 0, last == pairCount else {
      throw PipelineError(
        "\(place(starts)) goes from \(first) to \(last), but there are \(pairCount) pairs, to which it goes from 0: "
          + "write data, indices and indptr of one matrix")
    }
  }

  /// File and data set, for messages.
  private func place(_ dataset: borrowing Dataset) -> String { "\(file): '\(dataset.path)'" }

  private func number(of dataset: borrowing Dataset, at row: Int) throws(PipelineError) -> Int {
    try read(row..<row + 1, of: dataset, into: startNumbers)
    return startNumbers.numbers[0]
  }

  var rowShape: [Int] { [width] }
  var columns: [String] { [] }
  var elementTypes: [ElementType] { [values.elementType] }
  /// Zeros are no bytes of the file, whatever the values are.
  var isBytes: Bool { false }
  /// Those of `indptr`, unless rows are so wide that fewer are much in memory.
  var chunkRowCount: Int? {
    starts.chunkShape.map {
      min($0[0], rowCount, max(1, Self.usualChunkByteCount / (MemoryLayout<Float>.size * width)))
    }
  }

  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    precondition(E.self == Float.self, "sparse rows are read as floats")
    guard let base = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: Float.self).baseAddress
    else { return }
    base.update(repeating: 0, count: rows.count * width)
    var first = rows.lowerBound
    while first < rows.upperBound {
      let end = min(first + Self.blockRowCount, rows.upperBound)
      try fill(first..<end, base + (first - rows.lowerBound) * width)
      first = end
    }
  }

  /// Puts the values of some rows where they belong.
  private func fill(
    _ rows: Range<Int>, _ base: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    try read(rows.lowerBound..<rows.upperBound + 1, of: starts, into: startNumbers)
    let begins = UnsafeMutableBufferPointer(rebasing: startNumbers.numbers[...rows.count])
    try check(begins, from: rows.lowerBound)
    let (columns, floats) = (indexNumbers.numbers, floats.numbers)
    let end = begins[rows.count]
    var (place, row, lastColumn) = (begins[0], 0, -1)
    while place < end {
      // Blocks end where chunks of the file do, if it is one of ours: none is unpacked twice within one read.
      let next = min((place / Self.blockPairCount + 1) * Self.blockPairCount, end)
      try read(place..<next, of: indices, into: indexNumbers)
      do { try values.read(rows: place..<next, into: floats) } catch { throw PipelineError(error) }
      for pair in place..<next {
        while pair >= begins[row + 1] { (row, lastColumn) = (row + 1, -1) }
        let column = columns[pair - place]
        guard column > lastColumn, column < width else {
          throw wrong(column, behind: lastColumn, row: rows.lowerBound + row)
        }
        base[row * width + column] = floats[pair - place]
        lastColumn = column
      }
      place = next
    }
  }

  /// Throws unless rows begin where, or behind where, those before them do, and none ends behind the last pair.
  private func check(
    _ begins: UnsafeMutableBufferPointer<Int>, from firstRow: Int
  ) throws(PipelineError) {
    var last = 0
    for index in begins.indices {
      let begin = begins[index]
      guard begin >= last, begin <= pairCount else {
        throw PipelineError(
          "\(place(starts)): the number \(firstRow + index) is \(begin), "
            + (begin < last
              ? "below \(last) before it" : "but there are only \(pairCount) pairs")
            + ": write data, indices and indptr of one matrix")
      }
      last = begin
    }
  }

  private func wrong(_ column: Int, behind last: Int, row: Int) -> PipelineError {
    let place = place(indices)
    guard column >= 0, column < width else {
      return PipelineError(
        "\(place): row \(row) has the column \(column), but the matrix has \(width) columns: mend it, or the attribute "
          + "'shape'")
    }
    return PipelineError(
      "\(place): row \(row) has the column \(column) "
        + (column == last
          ? "twice: call the matrix's sum_duplicates() before it is written"
          : "behind \(last), but columns ascend: call the matrix's sort_indices() before it is written")
    )
  }

  private func read(
    _ rows: Range<Int>, of dataset: borrowing Dataset, into memory: Memory<Int>
  ) throws(PipelineError) {
    do { try dataset.readIntegers(rows: rows, into: memory.numbers) } catch {
      throw PipelineError(error)
    }
  }
}
