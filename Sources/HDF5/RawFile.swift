import CHDF5

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The bytes of an opened file, read past the C library and never outside the file.
///
/// HDF5 1.10 follows damaged references to texts of variable length out of its memory, or in
/// circles. Files name such references in two plain structures, so they are read here instead.
/// Source: HDF5 File Format Specification 3.0.
struct RawFile: ~Copyable {
  private let descriptor: Int32
  private let byteCount: Int
  /// Where the file's own addresses count from.
  private let base: Int

  /// Opens the file of `object`; nil for one that is being written, or of unusual address sizes.
  init?(of object: hid_t) {
    var path: [CChar] = []
    var base: hsize_t = 0
    let isPlain = Library.call {
      let file = H5Iget_file_id(object)
      guard file >= 0 else { return false }
      defer { H5Fclose(file) }
      var intent: UInt32 = 0
      guard H5Fget_intent(file, &intent) >= 0, intent == chdf5_read_only() else { return false }
      let properties = H5Fget_create_plist(file)
      guard properties >= 0 else { return false }
      defer { H5Pclose(properties) }
      var (addressSize, lengthSize) = (0, 0)
      guard H5Pget_sizes(properties, &addressSize, &lengthSize) >= 0, addressSize == 8,
        lengthSize == 8, H5Pget_userblock(properties, &base) >= 0
      else { return false }
      let length = H5Fget_name(file, nil, 0)
      guard length > 0 else { return false }
      path = [CChar](repeating: 0, count: length + 1)
      return H5Fget_name(file, &path, path.count) == length
    }
    guard isPlain else { return nil }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    fstat(descriptor, &status)
    self.descriptor = descriptor
    byteCount = Int(status.st_size)
    self.base = Int(clamping: base)
  }

  deinit { close(descriptor) }

  /// `count` bytes from the file's address on; nil when they are not all there.
  func bytes(at address: UInt64, _ count: Int) -> Bytes? {
    guard let address = Int(exactly: address), count >= 0 else { return nil }
    let (start, overflow) = address.addingReportingOverflow(base)
    return overflow ? nil : bytes(atOffset: UInt64(clamping: start), count)
  }

  /// `count` bytes from a place counted from the file's very first byte.
  func bytes(atOffset offset: UInt64, _ count: Int) -> Bytes? {
    guard let start = Int(exactly: offset), count >= 0, start <= byteCount,
      count <= byteCount - start
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    guard pread(descriptor, &bytes, count, off_t(start)) == count else { return nil }
    return Bytes(bytes)
  }

  /// Bytes that are taken one number after the other, low byte first.
  struct Bytes {
    let all: [UInt8]
    var position = 0

    init(_ all: [UInt8]) { self.all = all }

    /// The count of bytes that are left.
    var rest: Int { all.count - position }

    /// The next bytes; nil when there are fewer.
    mutating func take(_ count: Int) -> [UInt8]? {
      guard count >= 0, count <= rest else { return nil }
      defer { position += count }
      return Array(all[position..<position + count])
    }

    /// The next number of so many bytes.
    mutating func number(_ count: Int) -> UInt64? {
      take(count)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A number of at most 4 bytes.
    mutating func int(_ count: Int) -> Int? {
      number(count).map { Int($0) }
    }

    /// Passes over bytes.
    mutating func skip(_ count: Int) -> Bool {
      guard count >= 0, count <= rest else { return false }
      position += count
      return true
    }
  }
}
