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
