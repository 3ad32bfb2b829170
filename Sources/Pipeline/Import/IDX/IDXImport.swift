import HDF5

/// Copies the numbers of one IDX file into a data set of the same type and shape.
struct IDXImport: PreparedImport {
  let path: String
  let name: String
  let options: ImportOptions

  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry] {
    let source = try ByteSource(path)
    let header = try IDXHeader(source)
    let size = header.element.byteCount ?? 1
    let rowCount = header.shape[0]
    let rowByteCount = header.byteCount / rowCount
    let chunkRows = try options.chunkRows(rowCount: rowCount, rowByteCount: rowByteCount, name)
    let dataset = try file.root().createDataset(
      name, shape: header.shape, type: header.element,
      chunks: [chunkRows] + header.shape.dropFirst(), gzip: options.gzip)
    let blockRows = ImportOptions.blockRows(chunkRows, rowByteCount)
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(blockRows, rowCount) * rowByteCount, alignment: 64)
    defer { block.deallocate() }
    var row = 0
    while row < rowCount {
      let rows = row..<min(row + blockRows, rowCount)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: block[..<(rows.count * rowByteCount)])
      let found = try source.read(into: bytes)
      guard found == bytes.count else {
        throw IDXHeader.wrongLength(
          path, header.shape, header.byteCount, found: "\(row * rowByteCount + found)", true)
      }
      ByteOrder.makeNative(bytes, elementByteCount: size, isBigEndian: true)
      try dataset.writeRaw(rows: rows, from: UnsafeRawBufferPointer(bytes))
      row = rows.upperBound
      try report.advance(path, row, of: rowCount)
    }
    guard try source.read(into: UnsafeMutableRawBufferPointer(rebasing: block[..<1])) == 0 else {
      throw IDXHeader.wrongLength(path, header.shape, header.byteCount, found: "more", false)
    }
    return [
      ImportSummary.Entry(name: name, path: path, shape: header.shape, type: header.element)
    ]
  }
}
