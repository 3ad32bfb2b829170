import HDF5

/// Copies the numbers of one NumPy array into a data set of the same type and shape.
///
/// Truths become `uint8`. The first axis comes first in the file, whatever the array's order is.
struct NPYImport {
  let header: NPYHeader
  /// The data set's name.
  let name: String
  let options: ImportOptions

  /// An array in Fortran order that can be read in sequence only has to fit here.
  private static let largestHeldByteCount = 1 << 30
  private static let transposedByteCount = 64 << 20

  private var size: Int { header.element.byteCount ?? 1 }
  private var rowCount: Int { header.shape.first ?? 1 }
  private var rowByteCount: Int { header.byteCount / rowCount }
  /// A list is in both orders.
  private var isTransposed: Bool { header.isFortran && header.shape.count > 1 }

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
    let chunkRows = try options.chunkRows(
      rowCount: rowCount, rowByteCount: rowByteCount, name)
    let dataset = try output.root().createDataset(
      name, shape: header.shape, type: header.element,
      chunks: header.shape.isEmpty ? nil : [chunkRows] + header.shape.dropFirst(),
      gzip: header.shape.isEmpty ? nil : options.gzip)
    if !isTransposed {
      try copy(stream, to: dataset, chunkRows, path, report)
    } else if let file {
      try transpose(.file(file), to: dataset, chunkRows, path, report)
    } else {
      try holdAndTranspose(stream, to: dataset, chunkRows, path, report)
    }
    return ImportSummary.Entry(
      name: name, path: path, shape: header.shape, type: header.element)
  }

  private func copy(
    _ stream: any ByteStream, to dataset: borrowing Dataset, _ chunkRows: Int, _ path: String,
    _ report: ImportReport
  ) throws {
    let blockRows = min(ImportOptions.blockRows(chunkRows, rowByteCount), rowCount)
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: blockRows * rowByteCount, alignment: 64)
    defer { block.deallocate() }
    var row = 0
    while row < rowCount {
      let rows = row..<min(row + blockRows, rowCount)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: block[..<(rows.count * rowByteCount)])
      let found = try stream.read(into: bytes)
      guard found == bytes.count else {
        throw header.wrongLength(stream.path, found: "\(row * rowByteCount + found)", true)
      }
      ByteOrder.makeNative(bytes, elementByteCount: size, isBigEndian: header.isBigEndian)
      try dataset.writeRaw(rows: rows, from: UnsafeRawBufferPointer(bytes))
      row = rows.upperBound
      try report.advance(path, row, of: rowCount)
    }
  }

  private func holdAndTranspose(
    _ stream: any ByteStream, to dataset: borrowing Dataset, _ chunkRows: Int, _ path: String,
    _ report: ImportReport
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
    try transpose(.memory(UnsafeRawBufferPointer(all)), to: dataset, chunkRows, path, report)
  }

  /// Writes blocks of whole rows, each gathered from one run of every column.
  private func transpose(
    _ runs: Runs, to dataset: borrowing Dataset, _ chunkRows: Int, _ path: String,
    _ report: ImportReport
  ) throws {
    let chunkByteCount = max(1, chunkRows * rowByteCount)
    let blockRows = min(rowCount, chunkRows * max(1, Self.transposedByteCount / chunkByteCount))
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: blockRows * rowByteCount, alignment: 64)
    defer { block.deallocate() }
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
        scatter(bytes, to: block, place: advance(&places), width)
      }
      let bytes = UnsafeMutableRawBufferPointer(rebasing: block[..<(rows.count * rowByteCount)])
      ByteOrder.makeNative(bytes, elementByteCount: size, isBigEndian: header.isBigEndian)
      try dataset.writeRaw(rows: rows, from: UnsafeRawBufferPointer(bytes))
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
    _ run: UnsafeMutableRawBufferPointer, to block: UnsafeMutableRawBufferPointer, place: Int,
    _ width: Int
  ) {
    func move<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type) {
      guard let from = run.baseAddress?.assumingMemoryBound(to: Bits.self),
        let to = block.baseAddress?.assumingMemoryBound(to: Bits.self)
      else { return }
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

/// One .npy file, plain or gzipped.
struct NPYFileImport: PreparedImport {
  let path: String
  /// The data set's name.
  let name: String
  let options: ImportOptions

  /// No format that zlib unpacks grows beyond this.
  private static let largestRatio = 1032

  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry] {
    let source = try ByteSource(path)
    let header = try NPYHeader(source)
    if source.isCompressed {
      guard header.byteCount / Self.largestRatio <= source.fileByteCount else {
        throw header.wrongLength(path, found: "fewer", true)
      }
    } else {
      try header.check(source.fileByteCount - header.headByteCount, path)
    }
    let entry = try NPYImport(header: header, name: name, options: options).run(
      source, plain: source.isCompressed ? nil : FileRegion(path), path: path, into: file, report)
    var extra: UInt8 = 0
    // Behind a gzipped array there may be more; of a plain one the length was checked.
    if source.isCompressed,
      try withUnsafeMutableBytes(of: &extra, { try source.read(into: $0) }) > 0
    {
      throw header.wrongLength(path, found: "more", false)
    }
    return [entry]
  }
}
