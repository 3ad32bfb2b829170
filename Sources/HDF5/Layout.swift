import CHDF5

/// The shape and storage of a data set, checked: no damaged file gets past with a shape whose
/// element count overflows.
struct Layout {
  var shape: [Int]
  var chunkShape: [Int]?
  var filters: [String] = []
  private var chunkByteCount = 0

  /// Parts of chunks of this size and more are read as fast from the file: the library's own buffer for parts is
  /// no larger.
  private static let plainByteCount = 64 << 10
  /// The chunk cache never grows beyond this, however large a damaged file says its chunks are: it is beside the
  /// rows that `data.memory` bounds.
  private static let largestCacheByteCount = 128 << 20
  /// What the library keeps of each data set by itself.
  private static let usualCacheByteCount = 1 << 20
  /// What it may keep of all columns of a table together, where a chunk of each has no more.
  private static let columnsByteCount = 16 << 20

  init(of dataset: hid_t, _ handle: ObjectHandle) throws(HDF5Error) {
    func failed(_ reason: String) -> HDF5Error {
      handle.error(.damaged, "its shape cannot be read: \(reason)")
    }
    let space = try Identifier(H5Dget_space(dataset), close: H5Sclose, error: failed)
    shape = try Self.shape(of: space.raw, handle)
    let properties = try Identifier(H5Dget_create_plist(dataset), close: H5Pclose, error: failed)
    let layout = Library.call { H5Pget_layout(properties.raw) }
    guard layout == H5D_CHUNKED else { return }
    var lengths = [hsize_t](repeating: 0, count: max(1, shape.count))
    try Library.check(H5Pget_chunk(properties.raw, Int32(lengths.count), &lengths), error: failed)
    let chunk = lengths.map { Int(clamping: $0) }
    guard chunk.allSatisfy({ $0 > 0 }) else { throw failed("a chunk of no rows") }
    chunkShape = chunk
    filters = Library.call { Self.filters(of: properties.raw) }
    let type = try Identifier(H5Dget_type(dataset), close: H5Tclose, error: failed)
    chunkByteCount = Int(clamping: Library.call { H5Tget_size(type.raw) })
    for length in chunk {
      let (product, overflow) = chunkByteCount.multipliedReportingOverflow(by: length)
      guard !overflow, product <= Int(UInt32.max) else { throw failed("a chunk of over 4 GB") }
      chunkByteCount = product
    }
  }

  /// The axes of a data space; a space without any content has no rows.
  static func shape(of space: hid_t, _ handle: ObjectHandle) throws(HDF5Error) -> [Int] {
    if Library.call({ H5Sget_simple_extent_type(space) }) == H5S_NULL { return [0] }
    let rank = try Library.check(H5Sget_simple_extent_ndims(space)) {
      handle.error(.damaged, "its shape cannot be read: \($0)")
    }
    var lengths = [hsize_t](repeating: 0, count: Int(rank))
    try Library.check(H5Sget_simple_extent_dims(space, &lengths, nil)) {
      handle.error(.damaged, "its shape cannot be read: \($0)")
    }
    // 16 bytes an element is more than any number has: no later product can overflow either.
    var product = 16
    for length in lengths {
      let (next, overflow) = product.multipliedReportingOverflow(by: Int(clamping: max(1, length)))
      guard !overflow else { throw handle.error(.damaged, "its shape \(lengths) is impossible") }
      product = next
    }
    return lengths.map { Int($0) }
  }

  /// Access properties with a cache that holds a row of chunks, where the usual 1 MB does not; with none where
  /// long chunks of one axis have no filters, for then the cache is only a copy on the way, of 1 MB for each of a
  /// table's columns.
  ///
  /// Of `columnCount` columns that are read together each has its share, or one chunk: 1 MB of each would be all of
  /// a wide table.
  func access(
    amongColumns columnCount: Int, _ handle: ObjectHandle
  ) throws(HDF5Error) -> Identifier? {
    guard let chunkShape else { return nil }
    if filters.isEmpty, shape.count == 1, chunkByteCount >= Self.plainByteCount {
      return try Self.access(cacheByteCount: 0, handle)
    }
    var needed = chunkByteCount
    for (length, chunk) in zip(shape, chunkShape).dropFirst() {
      needed = needed.multipliedReportingOverflow(by: max(1, (length + chunk - 1) / chunk)).0
      guard needed > 0, needed <= Self.largestCacheByteCount else { return nil }
    }
    let share = min(Self.usualCacheByteCount, Self.columnsByteCount / max(1, columnCount))
    let wanted = max(needed, share)
    guard wanted != Self.usualCacheByteCount else { return nil }
    return try Self.access(cacheByteCount: wanted, handle)
  }

  /// Access properties with a cache of so many bytes; 0: with none; nil: with the library's own.
  static func access(
    cacheByteCount: Int?, _ handle: ObjectHandle
  ) throws(HDF5Error) -> Identifier {
    let access = try Identifier(H5Pcreate(chdf5_dataset_access()), close: H5Pclose) {
      handle.error(.io, $0)
    }
    guard let cacheByteCount else { return access }
    // The library's own count of slots does for a small cache, and takes memory for each of many columns.
    let slotCount = cacheByteCount < usualCacheByteCount ? 521 : 12_421
    try Library.check(H5Pset_chunk_cache(access.raw, slotCount, cacheByteCount, 1)) {
      handle.error(.io, $0)
    }
    return access
  }

  /// The bytes of chunks that the library keeps at most of the open data set `dataset`; nil when it does not say.
  static func cacheByteCount(of dataset: hid_t) -> Int? {
    Library.call { () -> Int? in
      let access = H5Dget_access_plist(dataset)
      guard access >= 0 else { return nil }
      defer { H5Pclose(access) }
      var (slotCount, byteCount, preemption) = (0, 0, 0.0)
      return H5Pget_chunk_cache(access, &slotCount, &byteCount, &preemption) < 0 ? nil : byteCount
    }
  }

  private static func filters(of properties: hid_t) -> [String] {
    (0..<UInt32(max(0, H5Pget_nfilters(properties)))).map { index in
      var flags: UInt32 = 0
      var values = [UInt32](repeating: 0, count: 8)
      var valueCount = values.count
      var name = [CChar](repeating: 0, count: 64)
      let filter = H5Pget_filter2(
        properties, index, &flags, &valueCount, &values, name.count, &name, nil)
      switch filter {
      case H5Z_FILTER_DEFLATE: return "gzip \(values[0])"
      case H5Z_FILTER_SHUFFLE: return "shuffle"
      case H5Z_FILTER_FLETCHER32: return "fletcher32"
      case H5Z_FILTER_SZIP: return "szip"
      default:
        let words = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return words.isEmpty ? "filter \(filter)" : String(decoding: words, as: UTF8.self)
      }
    }
  }
}
