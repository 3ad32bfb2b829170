public import Configuration

/// What went wrong with an HDF5 file, in one line.
public struct HDF5Error: ExitCoded, Sendable {
  /// The kinds of faults that callers tell apart.
  public enum Kind: Sendable {
    /// There is no file of that name.
    case missingFile
    /// There is a file, but of another format.
    case notHDF5
    /// An HDF5 file whose content contradicts itself or stops too early.
    case damaged
    /// The file has no object or attribute of that name.
    case missingObject
    /// An object or attribute is of another type than the one asked for.
    case wrongType
    /// Rows, chunks or counts do not fit the data set's shape.
    case wrongShape
    /// What was to be created is there already.
    case exists
    /// The operating system refused: no permission, no space, a lock.
    case io
  }

  /// The kind of fault.
  public var kind: Kind
  /// The file.
  public var path: String
  /// The object inside the file, or nil when the file itself is meant.
  public var object: String?
  /// What was found and what to do, without file and object.
  public var message: String

  /// Makes an error about `object` in the file at `path`.
  public init(_ kind: Kind, path: String, object: String? = nil, _ message: String) {
    self.kind = kind
    self.path = path
    self.object = object
    self.message = message
  }

  /// One line: file, object, what was found, what to do.
  public var description: String {
    var text = path + ": "
    if let object { text += "'\(object)': " }
    return String((text + message).map { $0.isNewline ? " " : $0 })
  }

  /// 66 for what is missing, 74 for what the operating system refused, 65 for wrong content.
  public var exitCode: Int32 {
    switch kind {
    case .missingFile, .missingObject: ExitCode.missingInput
    case .io, .exists: ExitCode.inputOutput
    case .notHDF5, .damaged, .wrongType, .wrongShape: ExitCode.data
    }
  }
}
