import CHDF5

/// A data set of an HDF5 file: numbers or texts in rows along its first axis.
///
/// A data set without axes counts as one row of one number.
public struct Dataset: ~Copyable {
  /// The data set's full name in the file: `/train/features`.
  public let path: String
  /// The count along each axis; rows first.
  public let shape: [Int]
  /// The count of rows: the first axis.
  public let rowCount: Int
  /// The count of elements in one row: the product of all axes but the first.
  public let rowWidth: Int
  /// The type of the elements in the file.
  public let elementType: ElementType
  /// Whether the file has the high byte of each element first.
  public let isBigEndian: Bool
  /// The shape of one chunk, or nil for a data set in one piece.
  public let chunkShape: [Int]?
  /// The filters on each chunk, in the order of writing: `gzip 4`, `shuffle`.
  public let filters: [String]
  let file: String
  let fileType: Identifier
  let identifier: Identifier
  /// The file of a data set of records, see `OpenFiles`.
  private let openFile: Identifier?
  /// Raw elements on their way to be converted: allocated once, at the first read that needs it.
  let scratch: Scratch

  init(
    opening path: String, in parent: ObjectHandle, amongColumns columnCount: Int
  ) throws(HDF5Error) {
    let handle = ObjectHandle(
      id: parent.id, file: parent.file, object: Group.join(parent.object, path))
    func failed(_ reason: String) -> HDF5Error {
      handle.error(.damaged, "the data set cannot be opened: \(reason)")
    }
    let id = handle.id
    var dataset = try Identifier(
      H5Dopen2(id, path, chdf5_default()), close: H5Dclose, error: failed)
    let layout = try Layout(of: dataset.raw, handle)
    if let access = try layout.access(amongColumns: columnCount, handle) {
      // The library gives a data set that is open the cache that it has.
      _ = consume dataset
      dataset = try Identifier(H5Dopen2(id, path, access.raw), close: H5Dclose, error: failed)
    }
    self = try Dataset(dataset, layout, handle)
  }

  /// Takes over the open data set `identifier`, which `handle` names.
  init(
    _ identifier: consuming Identifier, _ layout: Layout, _ handle: ObjectHandle
  ) throws(HDF5Error) {
    let id = identifier.raw
    let type = try Identifier(H5Dget_type(id), close: H5Tclose) {
      handle.error(.damaged, "its type cannot be read: \($0)")
    }
    let stored = try StoredType(type.raw, handle)
    let held = try OpenFiles.hold(id, of: type.raw, handle)
    elementType = stored.element
    isBigEndian = stored.isBigEndian
    shape = layout.shape
    rowCount = shape.first ?? 1
    rowWidth = shape.dropFirst().reduce(1, *)
    chunkShape = layout.chunkShape
    filters = layout.filters
    path = handle.object
    file = handle.file
    openFile = held
    fileType = type
    scratch = Scratch()
    self.identifier = identifier
  }

  func error(_ kind: HDF5Error.Kind, _ message: String) -> HDF5Error {
    HDF5Error(kind, path: file, object: path, message)
  }

  /// The bytes of chunks that the library keeps at most, so as not to unpack them again; nil when it does not say.
  package var chunkCacheByteCount: Int? { Layout.cacheByteCount(of: identifier.raw) }

  /// The bytes that the elements take in the file, after compression.
  public var storedByteCount: Int {
    let id = identifier.raw
    return Int(clamping: Library.call { H5Dget_storage_size(id) })
  }
}

extension Dataset: HDF5Object {
  /// The data set as the owner of attributes.
  public var handle: ObjectHandle { ObjectHandle(id: identifier.raw, file: file, object: path) }
}

@available(*, unavailable)
extension Dataset: Sendable {}

/// Memory that grows to the largest size asked for and stays.
final class Scratch {
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if memory.count < count {
      memory.deallocate()
      memory = .allocate(byteCount: count, alignment: 64)
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
  }

  deinit { memory.deallocate() }
}
