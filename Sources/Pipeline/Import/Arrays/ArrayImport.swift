import HDF5

/// Copies the numbers of one array into a data set of the same type and shape.
///
/// The first axis comes first in the file, whatever the array's order is.
struct ArrayImport {
  let header: any ArrayHeader
  /// The data set's name.
  let name: String
  let options: ImportOptions
  /// Whether all processes of `crew` read, or process 0 alone.
  var isShared = false
  var crew: any ImportCrew = LoneImporter()

  /// An array in Fortran order that can be read in sequence only has to fit here.
  private static let largestHeldByteCount = 1 << 30
  private static let transposedByteCount = 64 << 20

  private var size: Int { header.element.byteCount ?? 1 }
  private var rowCount: Int { header.shape.first ?? 1 }
  private var rowByteCount: Int { header.byteCount / rowCount }

  /// Where numbers in Fortran order come from.
  private enum Runs {
    case memory(UnsafeRawBufferPointer)
    case file(FileRegion)
  }

  /// Copies the numbers that `stream` gives next, or `file` at any place, when it is a plain one.
  ///
  /// `path` is what the caller calls the file.
  func run(
    _ stream: any ByteStream, plain file: FileRegion?, path: String, into output: borrowing File,
    _ report: ImportReport
  ) throws -> ImportSummary.Entry {
    let packing = try packing()
    let dataset = try output.root().createDataset(
      name, shape: header.shape, type: header.element,
      chunks: header.shape.isEmpty ? nil : [packing.chunkRows] + header.shape.dropFirst(),
      gzip: header.shape.isEmpty ? nil : options.gzip)
    if !header.isTransposed {
      try copy(stream, plain: file, to: dataset, packing, path, report)
    } else if let file {
      try transpose(.file(file), to: dataset, packing, path, report)
    } else {
      try holdAndTranspose(stream, to: dataset, packing, path, report)
    }
    return ImportSummary.Entry(
      name: name, path: path, shape: header.shape, type: header.element)
  }

  /// Another process: reads blocks of the rows of `file` for process 0.
  func assist(_ file: FileRegion, path: String, _ report: ImportReport) throws {
    let turns = try turns(path, report)
    guard turns.firstRow != nil else { return }
    let block = block(turns, try packing())
    try turns.assist { rows in
      try read(rows, from: part(of: file, rows.lowerBound), into: block)
    } pack: { count, message in
      block.pack(count, into: &message)
    }
  }

  private func copy(
    _ stream: any ByteStream, plain file: FileRegion?, to dataset: borrowing Dataset,
    _ packing: ChunkPacking, _ path: String, _ report: ImportReport
  ) throws {
    let turns = try turns(path, report)
    let block = block(turns, packing)
    try turns.write { rows in
      try read(rows, from: file.map { part(of: $0, rows.lowerBound) } ?? stream, into: block)
    } own: { rows in
      try block.write(rows: rows, to: dataset)
    } others: { rows, message in
      try packing.write(rows: rows, of: &message, to: dataset)
    }
  }

  private func chunkRows() throws(PipelineError) -> Int {
    try options.chunkRows(rowCount: rowCount, rowByteCount: rowByteCount, name)
  }

  private func packing() throws(PipelineError) -> ChunkPacking {
    ChunkPacking(chunkRows: try chunkRows(), try options.makeCompressor())
  }

  private func block(_ turns: RowTurns, _ packing: ChunkPacking) -> RowBlock {
    RowBlock(rowCount: turns.blockRows, rowByteCount: rowByteCount, packing)
  }

  private func turns(_ path: String, _ report: ImportReport) throws(PipelineError) -> RowTurns {
    let blockRows = ImportOptions.blockRows(
      try chunkRows(), rowByteCount, of: rowCount, crewSize: isShared ? crew.size : 1)
    return RowTurns(
      path: path, rowCount: rowCount, blockRows: blockRows, isShared: isShared, crew: crew,
      report: report)
  }

  /// The numbers of a plain file from row `row` on.
  private func part(of file: FileRegion, _ row: Int) -> any ByteStream {
    FileRange(file, from: header.headByteCount + row * rowByteCount)
  }

  /// Reads rows, which `stream` gives next, into `block`.
  private func read(
    _ rows: Range<Int>, from stream: any ByteStream, into block: RowBlock
  ) throws(PipelineError) {
    let bytes = UnsafeMutableRawBufferPointer(
      start: block.start, count: rows.count * rowByteCount)
    let found = try stream.read(into: bytes)
    guard found == bytes.count else {
      throw header.wrongLength(
        stream.path, found: "\(rows.lowerBound * rowByteCount + found)", true)
    }
    ByteOrder.makeNative(bytes, elementByteCount: size, isBigEndian: header.isBigEndian)
  }

  private func holdAndTranspose(
    _ stream: any ByteStream, to dataset: borrowing Dataset, _ packing: ChunkPacking,
    _ path: String, _ report: ImportReport
  ) throws {
    guard header.byteCount <= Self.largestHeldByteCount else {
      throw PipelineError(
        "\(stream.path): is in Fortran order and over \(Self.largestHeldByteCount >> 30) GiB, which"
          + " is read from a plain .npy file only: save it with numpy.save, or after"
          + " numpy.ascontiguousarray")
    }
    let all = UnsafeMutableRawBufferPointer.allocate(byteCount: header.byteCount, alignment: 64)
    defer { all.deallocate() }
    let found = try stream.read(into: all)
    guard found == all.count else {
      throw header.wrongLength(stream.path, found: "\(found)", true)
    }
    try transpose(.memory(UnsafeRawBufferPointer(all)), to: dataset, packing, path, report)
  }

  /// Writes blocks of whole rows, each gathered from one run of every column.
  private func transpose(
    _ runs: Runs, to dataset: borrowing Dataset, _ packing: ChunkPacking, _ path: String,
    _ report: ImportReport
  ) throws {
    let chunkRows = packing.chunkRows
    let chunkByteCount = max(1, chunkRows * rowByteCount)
    let blockRows = min(rowCount, chunkRows * max(1, Self.transposedByteCount / chunkByteCount))
    let block = RowBlock(rowCount: blockRows, rowByteCount: rowByteCount, packing)
    let run = UnsafeMutableRawBufferPointer.allocate(byteCount: blockRows * size, alignment: 64)
    defer { run.deallocate() }
    let width = rowByteCount / size
    var row = 0
    while row < rowCount {
      let rows = row..<min(row + blockRows, rowCount)
      var places = [Int](repeating: 0, count: header.shape.count - 1)
      for column in 0..<width {
        let bytes = UnsafeMutableRawBufferPointer(rebasing: run[..<(rows.count * size)])
        let offset = (column * rowCount + row) * size
        switch runs {
        case .memory(let all):
          bytes.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: all[offset..<offset + bytes.count]))
        case .file(let file):
          let found = try file.read(at: header.headByteCount + offset, into: bytes)
          guard found == bytes.count else {
            throw header.wrongLength(path, found: "\(offset + found)", true)
          }
        }
        scatter(bytes, to: block.start, place: advance(&places), width)
      }
      ByteOrder.makeNative(
        UnsafeMutableRawBufferPointer(start: block.start, count: rows.count * rowByteCount),
        elementByteCount: size, isBigEndian: header.isBigEndian)
      try block.write(rows: rows, to: dataset)
      row = rows.upperBound
      try report.advance(path, row, of: rowCount)
    }
  }

  /// The place within a row, its last axis fastest, of the column at `places`, its first axis
  /// fastest; goes on to the next column.
  private func advance(_ places: inout [Int]) -> Int {
    var place = 0
    for (axis, length) in header.shape.dropFirst().enumerated() {
      place = place * length + places[axis]
    }
    for (axis, length) in header.shape.dropFirst().enumerated() {
      places[axis] += 1
      if places[axis] < length { break }
      places[axis] = 0
    }
    return place
  }

  private func scatter(
    _ run: UnsafeMutableRawBufferPointer, to block: UnsafeMutableRawPointer, place: Int,
    _ width: Int
  ) {
    func move<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type) {
      guard let from = run.baseAddress?.assumingMemoryBound(to: Bits.self) else { return }
      let to = block.assumingMemoryBound(to: Bits.self)
      for row in 0..<run.count / size { to[row * width + place] = from[row] }
    }
    switch size {
    case 1: move(UInt8.self)
    case 2: move(UInt16.self)
    case 4: move(UInt32.self)
    default: move(UInt64.self)
    }
  }
}
