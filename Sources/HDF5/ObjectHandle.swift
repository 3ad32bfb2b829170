import CHDF5

/// Which object of which file: what reading and writing attributes needs.
public struct ObjectHandle {
  let id: hid_t
  let file: String
  let object: String

  func error(_ kind: HDF5Error.Kind, _ message: String) -> HDF5Error {
    HDF5Error(kind, path: file, object: object, message)
  }
}

@available(*, unavailable)
extension ObjectHandle: Sendable {}

/// A file, group or data set: everything that can have attributes.
public protocol HDF5Object: ~Copyable {
  /// The object, for use within the lifetime of the value that it comes from.
  var handle: ObjectHandle { get }
}

/// What stands behind a name in a group.
public enum ObjectKind: Sendable {
  /// A group.
  case group
  /// A data set.
  case dataset
  /// A named type, or a link that leads nowhere.
  case other
}

/// What tells an object from all others of its file; in files of the usual kind, its address.
struct ObjectKey: Hashable {
  let address: UInt64
  private let rest: UInt64

  init?(_ object: hid_t) {
    var words: (UInt64, UInt64) = (0, 0)
    let status = Library.call {
      withUnsafeMutableBytes(of: &words) {
        chdf5_object_key(object, $0.baseAddress?.assumingMemoryBound(to: CUnsignedLongLong.self))
      }
    }
    guard status >= 0 else { return nil }
    (address, rest) = words
  }
}
