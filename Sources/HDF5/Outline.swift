import CHDF5

/// What stands in a file, without the numbers themselves: groups, data sets and their attributes.
public struct Outline: Sendable {
  /// What an entry of the tree is.
  public enum Content: Sendable {
    /// A group and what is in it, sorted by name.
    case group([Outline])
    /// A data set.
    case dataset(DatasetOutline)
    /// A link to an object that the tree has already: its name there.
    case alias(String)
    /// Neither group nor data set, in words; also what cannot be read, and why.
    case other(String)
  }

  /// The object's name in its group; `/` for the root.
  public let name: String
  /// What the object is.
  public let content: Content
  /// The object's attributes, sorted by name.
  public let attributes: [(name: String, attribute: Attribute)]

  /// Looks through a whole file.
  ///
  /// - Throws: `HDF5Error` when the file cannot be opened. Inside a damaged file, what cannot be read
  ///   becomes an entry that says so.
  public init(of file: borrowing File) throws(HDF5Error) {
    var seen: [ObjectKey: String] = [:]
    self = Self.group(try file.root(), "/", &seen)
  }

  private init(
    _ name: String, _ content: Content, _ attributes: [(name: String, attribute: Attribute)] = []
  ) {
    self.name = name
    self.content = content
    self.attributes = attributes
  }

  private static func group(
    _ group: borrowing Group, _ name: String, _ seen: inout [ObjectKey: String]
  ) -> Outline {
    if let alias = alias(group.handle, &seen) { return Outline(name, .alias(alias)) }
    var children: [Outline] = []
    for child in group.childNames() { children.append(entry(group, child, &seen)) }
    return Outline(name, .group(children), attributes(of: group))
  }

  private static func entry(
    _ parent: borrowing Group, _ name: String, _ seen: inout [ObjectKey: String]
  ) -> Outline {
    let id = parent.handle.id
    if Library.call({ chdf5_link_kind(id, name) }) == 2 {
      return Outline(name, .other("link to another file"))
    }
    do throws(HDF5Error) {
      switch parent.kind(of: name) {
      case .group: return group(try parent.group(name), name, &seen)
      case .dataset:
        let dataset = try parent.dataset(name)
        if let alias = alias(dataset.handle, &seen) { return Outline(name, .alias(alias)) }
        return Outline(name, .dataset(DatasetOutline(dataset)), attributes(of: dataset))
      case .other: return Outline(name, .other("named type, or a link that leads nowhere"))
      case nil: return Outline(name, .other("cannot be read: the link is damaged"))
      }
    } catch {
      return Outline(name, .other("cannot be read: \(error.message)"))
    }
  }

  /// The name under which the tree has the object already; links may run in circles.
  private static func alias(_ handle: ObjectHandle, _ seen: inout [ObjectKey: String]) -> String? {
    guard let key = ObjectKey(handle.id) else { return nil }
    if let name = seen[key] { return name }
    seen[key] = handle.object
    return nil
  }

  private static func attributes<Object: HDF5Object & ~Copyable>(
    of object: borrowing Object
  ) -> [(name: String, attribute: Attribute)] {
    object.attributeNames().map { name in
      do throws(HDF5Error) { return (name, try object.attribute(name)) } catch {
        let type = ElementType.other("cannot be read: \(error.message)")
        return (name, Attribute(shape: [], elementType: type, content: .other))
      }
    }
  }
}

/// The shape, type and storage of a data set.
public struct DatasetOutline: Sendable {
  /// The count along each axis.
  public let shape: [Int]
  /// The type of the elements.
  public let elementType: ElementType
  /// Whether the file has the high byte of each element first.
  public let isBigEndian: Bool
  /// The shape of one chunk, or nil for a data set in one piece.
  public let chunkShape: [Int]?
  /// The filters on each chunk: `gzip 4`.
  public let filters: [String]
  /// The bytes that the elements take in the file.
  public let storedByteCount: Int

  init(_ dataset: borrowing Dataset) {
    shape = dataset.shape
    elementType = dataset.elementType
    isBigEndian = dataset.isBigEndian
    chunkShape = dataset.chunkShape
    filters = dataset.filters
    storedByteCount = dataset.storedByteCount
  }
}
