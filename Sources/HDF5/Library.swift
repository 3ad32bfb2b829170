import CHDF5
import Synchronization

/// The one way into the C library.
///
/// Calls never overlap, whether or not the library was built thread-safe, and never print: its
/// errors are silenced per thread, so at each entry, and come out as one thrown `HDF5Error`.
enum Library {
  private static let lock = Mutex(())
  // A file that could not be closed, for want of space, would be closed again when the process
  // exits, and that crashes in HDF5 1.10. All files are closed by their owners before. This works
  // before the library is initialized only, so every call, and constants too, come through here.
  private static let isPrepared = H5dont_atexit() >= 0

  /// Runs `body`, which calls the C library and must not enter this function again.
  static func call<Result: Sendable>(_ body: () -> Result) -> Result {
    lock.withLock { _ in
      _ = isPrepared
      H5Eset_auto2(chdf5_error_stack(), nil, nil)
      return body()
    }
  }

  /// Runs `body`; a negative result throws what `error` makes of the library's own words.
  @discardableResult
  static func check<Result: SignedInteger & Sendable>(
    _ body: @autoclosure () -> Result, error: (_ reason: String) -> HDF5Error
  ) throws(HDF5Error) -> Result {
    let (result, reason) = call {
      H5Eclear2(chdf5_error_stack())
      let result = body()
      return (result, result < 0 ? innermostReason() : "")
    }
    guard result >= 0 else { throw error(reason) }
    return result
  }

  /// The first cause on the library's error stack: "object 'missing' doesn't exist".
  private static func innermostReason() -> String {
    var reasons: [String] = []
    withUnsafeMutablePointer(to: &reasons) { pointer in
      _ = H5Ewalk2(
        chdf5_error_stack(), H5E_WALK_UPWARD,
        { _, entry, context in
          guard let text = entry?.pointee.desc, let context else { return 0 }
          let reasons = context.assumingMemoryBound(to: [String].self)
          if text.pointee != 0 { reasons.pointee.append(String(cString: text)) }
          return 0
        }, pointer)
    }
    return reasons.first.map(systemReason) ?? "the HDF5 library gave no reason"
  }

  /// The operating system's part, where the library wraps it in the call's arguments.
  private static func systemReason(_ reason: String) -> String {
    let mark = "error message = '"
    guard let start = reason.firstRange(of: mark)?.upperBound,
      let end = reason[start...].firstIndex(of: "'")
    else { return reason }
    let call = reason.prefix { $0 != ":" && $0 != "," }
    return "\(call): \(reason[start..<end])"
  }
}

/// An identifier of the C library that is given back when it goes out of scope.
struct Identifier: ~Copyable {
  let raw: hid_t
  private let closer: @convention(c) (hid_t) -> herr_t

  /// Takes the identifier that `open` returns; a negative one throws.
  init(
    _ open: @autoclosure () -> hid_t, close: @convention(c) (hid_t) -> herr_t,
    error: (_ reason: String) -> HDF5Error
  ) throws(HDF5Error) {
    raw = try Library.check(open(), error: error)
    closer = close
  }

  deinit {
    let (raw, closer) = (raw, closer)
    _ = Library.call { closer(raw) }
  }
  /// Gives the identifier back now, and throws when that fails.
  consuming func close(error: (_ reason: String) -> HDF5Error) throws(HDF5Error) {
    let (raw, closer) = (raw, closer)
    discard self
    try Library.check(closer(raw), error: error)
  }
}
