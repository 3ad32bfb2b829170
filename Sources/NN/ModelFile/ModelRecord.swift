public import HDF5

/// What a model file tells about its making, in the group `/sounder`.
public struct ModelRecord: Sendable, Equatable {
  /// One number for each epoch.
  public struct Column: Sendable, Equatable {
    /// What is counted: `loss`, `val_accuracy`.
    public var name: String
    /// The numbers, epoch by epoch; NaN where there is none.
    public var values: [Double]

    /// Makes a column.
    public init(_ name: String, _ values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  /// The version of the group's layout; files of newer ones are refused.
  public static let formatVersion = 1

  /// The training's history.
  public var history: [Column]
  /// The seed of all that is random.
  public var seed: UInt64
  /// Versions of the program and of the libraries that it ran with, by name.
  public var versions: [String: String]
  /// The job file, with what the command line changed.
  public var job: String

  /// Makes a record.
  public init(history: [Column], seed: UInt64, versions: [String: String], job: String) {
    self.history = history
    self.seed = seed
    self.versions = versions
    self.job = job
  }

  /// Writes the record into the file's group `/sounder`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("format_version", Self.formatVersion)
    try group.writeAttribute("seed", Int(truncatingIfNeeded: seed))
    try group.writeAttribute("job", job)
    let versionGroup = try group.createGroup("versions")
    for (name, version) in versions.sorted(by: { $0.key < $1.key }) {
      try versionGroup.writeAttribute(name, version)
    }
    let historyGroup = try group.createGroup("history")
    try historyGroup.writeAttribute("columns", history.map(\.name))
    for column in history {
      try historyGroup.createDataset(column.name, shape: [column.values.count], of: Double.self)
        .write(column.values)
    }
  }

  /// Makes sure that this program knows the layout of a file's group `/sounder`.
  ///
  /// - Throws: `HDF5Error` for a newer layout.
  public static func checkVersion(of group: borrowing Group) throws(HDF5Error) {
    let version = try group.intAttribute("format_version")
    guard (1...formatVersion).contains(version) else {
      throw HDF5Error(
        .wrongType, path: group.file, object: group.path,
        "has format version \(version), this program reads up to \(formatVersion): use a "
          + "newer sounder")
    }
  }

  /// Reads what `write(to:)` has written.
  ///
  /// - Throws: `NetworkError` for a newer layout, and for damage.
  public init(from group: borrowing Group) throws(NetworkError) {
    do throws(HDF5Error) {
      try Self.checkVersion(of: group)
      seed = UInt64(truncatingIfNeeded: try group.intAttribute("seed"))
      job = try group.stringAttribute("job")
      versions = [:]
      let versionGroup = try group.group("versions")
      for name in versionGroup.attributeNames() {
        versions[name] = try versionGroup.stringAttribute(name)
      }
      history = []
      let historyGroup = try group.group("history")
      for name in try historyGroup.stringsAttribute("columns") {
        history.append(Column(name, try historyGroup.dataset(name).readAll(as: Double.self)))
      }
    } catch { throw NetworkError(error) }
  }
}
