import CHDF5

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Goes through a file as its readers do, for nobody: to learn whether the C library survives it.
///
/// Errors are for whoever reads the file in earnest.
package enum FileWalk {
  /// The objects that are visited at most.
  private static let objectCount = 100_000
  /// The objects of a file of which nothing is read.
  private static let outlineCount = 100
  /// Groups further in are left alone, as each takes a piece of the stack.
  private static let deepest = 1000
  /// The seconds of CPU time after which the walk ends by itself: who watches it would take it for endless.
  private static let seconds = 5.0
  /// The bytes that are read whole, of all data sets together; of others the first and last row.
  private static let wholeByteCount = 4 << 20
  /// The bytes of all chunks that are unpacked for that.
  private static let chunkByteCount = 256 << 20
  /// The seconds of CPU time of this process, for all files together, after which texts in the middle of a large
  /// data set are left alone: about thirty million.
  private static let textSeconds = 10.0
  /// The texts that are read together.
  private static let textRowCount = 1 << 16
  /// A longer row is left alone: that a file says to have one costs no memory.
  private static let rowByteCount = 64 << 20

  /// Opens the file at `path`, visits its groups, data sets and attributes, and reads some rows of each; of an
  /// archive (`.keras`) the members that are HDF5 files.
  ///
  /// Where the file has more than a hundred thousand objects, the first ones; rows up to 256 MiB of unpacked
  /// chunks, and all texts of their own lengths, which the library finds by references that it believes. Blocking: a
  /// few milliseconds for an ordinary file, 0.3 s for a million such texts, 5 s of CPU time for the largest.
  /// - Parameters:
  ///   - path: The file.
  ///   - readsRows: False visits the first hundred objects, and reads no rows.
  package static func run(_ path: String, readsRows: Bool = true) {
    guard ZIPArchive.isArchive(path) else {
      if let file = try? File(opening: path) { visit(file, readsRows) }
      return
    }
    guard let archive = try? ZIPArchive(path) else { return }
    for member in archive.members where member.name.hasSuffix(".h5") {
      try? archive.withFile(member.name) { visit($0, readsRows) }
    }
  }

  private static func visit(_ file: borrowing File, _ readsRows: Bool) {
    guard let root = try? file.root() else { return }
    var state = State(readsRows)
    visit(root, depth: 0, &state)
  }

  private struct State {
    let readsRows: Bool
    private let end = FileWalk.cpuSeconds + FileWalk.seconds
    private let objectCount: Int
    private var seen: Set<ObjectKey> = []
    private var wholeByteCount = FileWalk.wholeByteCount
    private var chunkByteCount = FileWalk.chunkByteCount

    init(_ readsRows: Bool) {
      self.readsRows = readsRows
      objectCount = readsRows ? FileWalk.objectCount : FileWalk.outlineCount
    }

    /// Whether no object is to be visited any more.
    var isOver: Bool { seen.count >= objectCount || FileWalk.cpuSeconds > end }

    /// Whether no text is to be read any more, but the first and last ones.
    var isLate: Bool {
      let seconds = FileWalk.cpuSeconds
      return seconds > end || seconds > FileWalk.textSeconds
    }

    /// Whether the object is a new one, and not one too many; links may run in circles.
    mutating func takes(_ handle: ObjectHandle) -> Bool {
      guard !isOver, let key = ObjectKey(handle.id) else { return false }
      return seen.insert(key).inserted
    }

    /// Whether all rows may be read.
    mutating func takesWhole(_ dataset: borrowing Dataset) -> Bool {
      let byteCount = dataset.unpackedByteCount(rows: dataset.rowCount)
      guard byteCount <= min(wholeByteCount, chunkByteCount) else { return false }
      wholeByteCount -= byteCount
      chunkByteCount -= byteCount
      return true
    }

    /// Whether two rows may be read, far from each other.
    mutating func takesRows(_ dataset: borrowing Dataset) -> Bool {
      let byteCount = dataset.unpackedByteCount(rows: 1)
      guard byteCount <= chunkByteCount / 2 else { return false }
      chunkByteCount -= 2 * byteCount
      return true
    }
  }

  private static var cpuSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func visit(_ group: borrowing Group, depth: Int, _ state: inout State) {
    guard depth < deepest, state.takes(group.handle) else { return }
    readAttributes(of: group)
    for name in group.childNames(atMost: objectCount) {
      if state.isOver { return }
      switch group.kind(of: name) {
      case .group:
        if let child = try? group.group(name) { visit(child, depth: depth + 1, &state) }
      case .dataset:
        if let dataset = try? group.dataset(name), state.takes(dataset.handle) {
          readAttributes(of: dataset)
          _ = try? dataset.checkWritten()
          if state.readsRows { read(dataset, &state) }
        }
      default: continue
      }
    }
  }

  private static func readAttributes<Object: HDF5Object & ~Copyable>(
    of object: borrowing Object
  ) {
    for name in object.attributeNames() { _ = try? object.attribute(name) }
  }

  private static func read(_ dataset: borrowing Dataset, _ state: inout State) {
    let rowByteCount = dataset.rowByteCount
    // Long rows that nobody wrote are refused by whoever reads them.
    guard dataset.rowCount > 0, dataset.rowWidth > 0, rowByteCount <= Self.rowByteCount,
      rowByteCount <= 1 << 20 || (try? dataset.checkPlausible()) != nil
    else { return }
    if dataset.isCompound {
      if state.takesWhole(dataset) {
        readFields(of: dataset, [0..<dataset.rowCount], state)
      } else if state.takesRows(dataset) {
        readFields(of: dataset, dataset.ends, state)
      }
      return
    }
    let isWhole = state.takesWhole(dataset)
    guard isWhole || state.takesRows(dataset) else { return }
    if dataset.elementType == .string {
      if isWhole { _ = try? dataset.readStrings() }
      if let texts = try? dataset.selectTexts() {
        read(texts, of: dataset, dataset.ends)
        // Those in one piece are read past the library (`RawFile`).
        if !isWhole, dataset.chunkShape != nil { readMiddle(texts, of: dataset, state) }
      }
      return
    }
    guard dataset.elementType.isNumber else { return }
    if isWhole {
      _ = try? dataset.readAll(as: Float.self)
    } else {
      var row = [Float](repeating: 0, count: dataset.rowWidth)
      for rows in dataset.ends {
        row.withUnsafeMutableBufferPointer { try? dataset.read(rows: rows, into: $0) }
      }
    }
    // The C library's own conversion.
    guard rowByteCount <= 1 << 16 else { return }
    var value = [Double](repeating: 0, count: dataset.rowWidth)
    value.withUnsafeMutableBufferPointer { try? dataset.read(rows: 0..<1, into: $0) }
  }

  /// Reads records: the fields of numbers side by side, and each one of texts.
  private static func readFields(
    of dataset: borrowing Dataset, _ parts: [Range<Int>], _ state: State
  ) {
    guard let fields = try? dataset.fields() else { return }
    for field in fields where field.elementType == .string {
      guard let texts = try? dataset.selectTexts(field: field) else { continue }
      read(texts, of: dataset, parts)
      if parts.count > 1 { readMiddle(texts, of: dataset, state) }
    }
    let numbers = fields.filter(\.elementType.isNumber)
    // A number takes a byte at least: fields of more than fit the record are a damaged file's.
    let count = numbers.reduce(0) { $0 + $1.count }
    guard count > 0, count <= dataset.rowByteCount / dataset.rowWidth,
      let selection = try? dataset.select(numbers)
    else { return }
    let longest = parts.map(\.count).max() ?? 0
    var values = [Float](repeating: 0, count: longest * count * dataset.rowWidth)
    for rows in parts {
      values.withUnsafeMutableBufferPointer { try? dataset.read(selection, rows: rows, into: $0) }
    }
  }

  private static func read(
    _ texts: borrowing TextSelection, of dataset: borrowing Dataset, _ parts: [Range<Int>]
  ) {
    var found = TextRows()
    for rows in parts { try? dataset.read(texts, rows: rows, into: &found) }
  }

  /// Reads all texts of their own lengths as long as there is time: every sixteenth piece first, so that those for
  /// which there is none are spread over the rows.
  private static func readMiddle(
    _ texts: borrowing TextSelection, of dataset: borrowing Dataset, _ state: State
  ) {
    guard texts.byteCount == nil else { return }
    let chunkRowCount = max(1, dataset.chunkShape?.first ?? 1)
    let wholeChunks = textRowCount / chunkRowCount * chunkRowCount
    let pieceRowCount = wholeChunks > 0 ? wholeChunks : textRowCount
    let (rowCount, stride) = (dataset.rowCount, 16)
    let pieceCount = (rowCount - 1) / pieceRowCount + 1
    var found = TextRows()
    for first in 0..<min(stride, pieceCount) {
      for piece in Swift.stride(from: first, to: pieceCount, by: stride) {
        if state.isLate { return }
        let start = piece * pieceRowCount
        let rows = start..<min(rowCount, start + min(pieceRowCount, rowCount - start))
        try? dataset.read(texts, rows: rows, into: &found)
      }
    }
  }
}

extension Dataset {
  /// The first and the last row.
  fileprivate var ends: [Range<Int>] {
    rowCount > 1 ? [0..<1, rowCount - 1..<rowCount] : [0..<1]
  }

  /// The bytes of a row in memory, of the elements' own type; of a text of its own length the reference to it.
  fileprivate var rowByteCount: Int {
    let type = fileType.raw
    return rowWidth.saturatingProduct(Int(clamping: Library.call { H5Tget_size(type) }))
  }

  /// The bytes that are unpacked where `count` rows are read that lie side by side: those of whole chunks.
  fileprivate func unpackedByteCount(rows count: Int) -> Int {
    guard let chunkShape, chunkShape.count == shape.count else {
      return rowByteCount.saturatingProduct(count)
    }
    let type = fileType.raw
    var product = Int(clamping: Library.call { H5Tget_size(type) })
    for (axis, (length, chunk)) in zip(shape, chunkShape).enumerated() {
      let chunkCount = max(1, ((axis == 0 ? count : length) - 1) / chunk + 1)
      product = product.saturatingProduct(chunkCount).saturatingProduct(chunk)
    }
    return product
  }
}

extension Int {
  /// The product of two counts; `Int.max` where it is larger.
  fileprivate func saturatingProduct(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? Int.max : product
  }
}
