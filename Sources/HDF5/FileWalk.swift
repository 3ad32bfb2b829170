/// Goes through a file as its readers do, for nobody: to learn whether the C library survives it.
///
/// Errors are for whoever reads the file in earnest.
package enum FileWalk {
  /// The objects that are visited at most.
  private static let objectCount = 1000
  /// The bytes that are read whole, of all data sets together; of others the first and last row.
  private static let wholeByteCount = 4 << 20
  /// A longer row is left alone: that a file says to have one costs no memory.
  private static let rowByteCount = 64 << 20

  /// Opens the file at `path`, visits its groups, data sets and attributes, and reads some rows of each; of an
  /// archive (`.keras`) the members that are HDF5 files.
  ///
  /// Where the file has more than a thousand objects, the first thousand. Blocking: a few milliseconds for
  /// an ordinary file.
  package static func run(_ path: String) {
    guard ZIPArchive.isArchive(path) else {
      if let file = try? File(opening: path) { visit(file) }
      return
    }
    guard let archive = try? ZIPArchive(path) else { return }
    for member in archive.members where member.name.hasSuffix(".h5") {
      try? archive.withFile(member.name) { visit($0) }
    }
  }

  private static func visit(_ file: borrowing File) {
    guard let root = try? file.root() else { return }
    var state = State()
    visit(root, &state)
  }

  private struct State {
    var seen: Set<ObjectKey> = []
    var byteCount = FileWalk.wholeByteCount

    /// Whether the object is a new one, and not one too many; links may run in circles.
    mutating func takes(_ handle: ObjectHandle) -> Bool {
      guard seen.count < FileWalk.objectCount, let key = ObjectKey(handle.id) else { return false }
      return seen.insert(key).inserted
    }
  }

  private static func visit(_ group: borrowing Group, _ state: inout State) {
    guard state.takes(group.handle) else { return }
    readAttributes(of: group)
    for name in group.childNames(atMost: objectCount) {
      switch group.kind(of: name) {
      case .group:
        if let child = try? group.group(name) { visit(child, &state) }
      case .dataset:
        if let dataset = try? group.dataset(name), state.takes(dataset.handle) {
          readAttributes(of: dataset)
          read(dataset, &state.byteCount)
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

  private static func read(_ dataset: borrowing Dataset, _ rest: inout Int) {
    _ = try? dataset.checkWritten()
    let rowByteCount = dataset.rowWidth * (dataset.elementByteCount ?? 16)
    let isWhole = dataset.rowCount <= rest / max(1, rowByteCount)
    if isWhole { rest -= dataset.rowCount * rowByteCount }
    if dataset.elementType == .string {
      if isWhole { _ = try? dataset.readStrings() }
      return
    }
    guard dataset.elementType.isNumber, rowByteCount <= Self.rowByteCount else { return }
    if isWhole {
      _ = try? dataset.readAll(as: Float.self)
    } else {
      var row = [Float](repeating: 0, count: dataset.rowWidth)
      for start in [0, dataset.rowCount - 1] {
        row.withUnsafeMutableBufferPointer { try? dataset.read(rows: start..<start + 1, into: $0) }
      }
    }
    // The C library's own conversion.
    var value = [Double](repeating: 0, count: dataset.rowWidth)
    guard dataset.rowCount > 0, rowByteCount <= 1 << 16 else { return }
    value.withUnsafeMutableBufferPointer { try? dataset.read(rows: 0..<1, into: $0) }
  }
}
