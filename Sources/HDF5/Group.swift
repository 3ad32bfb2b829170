import CHDF5
import Configuration

/// A group of an HDF5 file: named groups and data sets.
public struct Group: ~Copyable {
  /// The group's full name in the file: `/model_weights`.
  public let path: String
  package let file: String
  private let identifier: Identifier

  init(opening path: String, in parent: ObjectHandle) throws(HDF5Error) {
    let full = Self.join(parent.object, path)
    let (file, id) = (parent.file, parent.id)
    identifier = try Identifier(
      H5Gopen2(id, path, chdf5_default()), close: H5Gclose
    ) { HDF5Error(.damaged, path: file, object: full, "the group cannot be opened: \($0)") }
    self.path = full
    self.file = file
  }

  private init(creating path: String, in parent: ObjectHandle) throws(HDF5Error) {
    let full = Self.join(parent.object, path)
    let (file, id) = (parent.file, parent.id)
    let links = try Self.intermediateLinks(parent)
    identifier = try Identifier(
      H5Gcreate2(id, path, links.raw, chdf5_default(), chdf5_default()), close: H5Gclose
    ) { HDF5Error(.io, path: file, object: full, "the group cannot be created: \($0)") }
    self.path = full
    self.file = file
  }

  /// The names in this group, sorted.
  ///
  /// Empty, too, when a damaged file does not give them.
  public func childNames() -> [String] { childNames(atMost: Int.max) }

  /// The first names in this group.
  func childNames(atMost count: Int) -> [String] {
    let id = identifier.raw
    return Library.call {
      var info = H5G_info_t()
      guard H5Gget_info(id, &info) >= 0 else { return [] }
      // A damaged group may have no end.
      var list = (names: [String](), rest: Int(clamping: min(info.nlinks, hsize_t(count))))
      guard list.rest > 0 else { return [] }
      withUnsafeMutablePointer(to: &list) { pointer in
        _ = chdf5_each_link(
          id,
          { name, context in
            guard let name, let context else { return 1 }
            let list = context.assumingMemoryBound(to: (names: [String], rest: Int).self)
            list.pointee.names.append(String(cString: name))
            list.pointee.rest -= 1
            return list.pointee.rest > 0 ? 0 : 1
          }, pointer)
      }
      return list.names
    }
  }

  /// Whether something of that name is here; the name may be a path.
  public func contains(_ name: String) -> Bool {
    kind(of: name) != nil
  }

  /// What stands behind a name, which may be a path; nil when there is nothing.
  public func kind(of name: String) -> ObjectKind? {
    let id = identifier.raw
    return Library.call {
      var prefix = name.hasPrefix("/") ? "/" : ""
      let parts = name.split(separator: "/")
      if parts.isEmpty { return name.isEmpty ? nil : .group }
      for part in parts {
        prefix += part
        guard H5Lexists(id, prefix, chdf5_default()) > 0 else { return nil }
        prefix += "/"
      }
      let object = H5Oopen(id, name, chdf5_default())
      guard object >= 0 else { return .other }
      defer { H5Oclose(object) }
      switch H5Iget_type(object) {
      case H5I_GROUP: return .group
      case H5I_DATASET: return .dataset
      default: return .other
      }
    }
  }

  /// The group of that name, which may be a path.
  ///
  /// - Throws: `HDF5Error` that names the nearest one, with its path, when there is none.
  public func group(_ name: String) throws(HDF5Error) -> Group {
    try require(.group, name)
    return try Group(opening: name, in: handle)
  }

  /// The data set of that name, which may be a path.
  ///
  /// - Throws: `HDF5Error` that names the nearest one, with its path, when there is none.
  public func dataset(_ name: String) throws(HDF5Error) -> Dataset {
    try dataset(name, amongColumns: 1)
  }

  /// The same, of which the library keeps no more chunks than its share, where as many columns are open at once.
  package func dataset(
    _ name: String, amongColumns columnCount: Int
  ) throws(HDF5Error) -> Dataset {
    // A table may have many thousand: what else stands behind the name is looked at only when it is no data set.
    do { return try Dataset(opening: name, in: handle, amongColumns: columnCount) } catch {
      try require(.dataset, name)
      throw error
    }
  }

  /// Whether the object of that name has such an attribute, without opening it.
  package func hasAttribute(_ attribute: String, of name: String) -> Bool {
    let id = identifier.raw
    return Library.call { H5Aexists_by_name(id, name, attribute, chdf5_default()) } > 0
  }

  /// A new group; groups on the way to it are created too.
  @discardableResult
  public func createGroup(_ name: String) throws(HDF5Error) -> Group {
    try requireFree(name)
    return try Group(creating: name, in: handle)
  }

  /// The group of that name, which is created when it is not there yet.
  public func openOrCreateGroup(_ name: String) throws(HDF5Error) -> Group {
    if contains(name) { return try group(name) }
    return try createGroup(name)
  }

  /// Takes the link of that name out of the group; the file does not become smaller.
  public func remove(_ name: String) throws(HDF5Error) {
    let (id, owner) = (handle.id, handle)
    try Library.check(H5Ldelete(id, name, chdf5_default())) {
      owner.error(.io, "'\(name)' cannot be removed: \($0)")
    }
  }

  func requireFree(_ name: String) throws(HDF5Error) {
    guard !name.isEmpty, !contains(name) else {
      throw HDF5Error(
        .exists, path: file, object: Self.join(path, name),
        "an object of that name is there already")
    }
  }

  private func require(_ wanted: ObjectKind, _ name: String) throws(HDF5Error) {
    let found = kind(of: name)
    guard found != wanted else { return }
    let words = wanted == .group ? "group" : "data set"
    if let found {
      let other = found == .group ? "a group" : found == .dataset ? "a data set" : "neither"
      throw HDF5Error(
        .wrongType, path: file, object: Self.join(path, name),
        "is \(other), but a \(words) is needed")
    }
    throw try missing(name, words)
  }

  /// Names the nearest sibling at the first part of the path that is not there, with the rest of the path
  /// where that is there; else what has nearly that name in groups further in.
  private func missing(_ name: String, _ words: String) throws(HDF5Error) -> HDF5Error {
    let parts = name.split(separator: "/").map(String.init)
    var siblings = childNames()
    var parent = path
    var wanted = name
    var rest: [String] = []
    for (index, part) in parts.enumerated() {
      wanted = part
      rest = Array(parts[(index + 1)...])
      guard siblings.contains(part), index < parts.count - 1 else { break }
      let prefix = parts[...index].joined(separator: "/")
      guard kind(of: prefix) == .group else { break }
      let inner = try Group(opening: prefix, in: handle)
      siblings = inner.childNames()
      parent = inner.path
    }
    let advice: String
    if let nearest = Spelling.nearest(to: wanted, among: siblings) {
      let sibling = Self.join(parent, nearest)
      let whole = ([sibling] + rest).joined(separator: "/")
      advice = "did you mean '\(contains(whole) ? whole : sibling)'?"
    } else if let inner = nearestInside(parts.last ?? name, words) {
      advice = "did you mean '\(inner)'?"
    } else if siblings.isEmpty {
      advice = "'\(parent)' is empty"
    } else {
      let shown = siblings.prefix(12).joined(separator: ", ") + (siblings.count > 12 ? ", ..." : "")
      advice = "'\(parent)' has \(shown)"
    }
    return HDF5Error(
      .missingObject, path: file, object: Self.join(path, name),
      "there is no such \(words): \(advice)")
  }

  /// How far, and through how many names, a name is looked for in groups further in.
  private static let deepestSearch = 8
  private static let longestSearch = 2000

  /// The path of what has nearly the name `wanted` in one of the groups of this one.
  private func nearestInside(_ wanted: String, _ words: String) -> String? {
    var found: [String] = []
    var seenCount = 0
    collect(words == "group" ? .group : .dataset, 0, &seenCount, &found)
    let last = found.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    guard let nearest = Spelling.nearest(to: wanted, among: last),
      let index = last.firstIndex(of: nearest)
    else { return nil }
    return found[index]
  }

  private func collect(
    _ kind: ObjectKind, _ depth: Int, _ seenCount: inout Int, _ found: inout [String]
  ) {
    for name in childNames() where seenCount < Self.longestSearch {
      seenCount += 1
      let child = self.kind(of: name)
      if child == kind { found.append(Self.join(path, name)) }
      if child == .group, depth < Self.deepestSearch, let inner = try? group(name) {
        inner.collect(kind, depth + 1, &seenCount, &found)
      }
    }
  }

  /// Properties under which groups on the way to a new object are created.
  static func intermediateLinks(_ owner: ObjectHandle) throws(HDF5Error) -> Identifier {
    let links = try Identifier(H5Pcreate(chdf5_link_create()), close: H5Pclose) {
      owner.error(.io, $0)
    }
    try Library.check(H5Pset_create_intermediate_group(links.raw, 1)) { owner.error(.io, $0) }
    return links
  }

  static func join(_ parent: String, _ name: String) -> String {
    if name.hasPrefix("/") { return name }
    return parent == "/" || parent.isEmpty ? "/" + name : parent + "/" + name
  }
}

extension Group: HDF5Object {
  /// The group as the owner of attributes.
  public var handle: ObjectHandle { ObjectHandle(id: identifier.raw, file: file, object: path) }
}

@available(*, unavailable)
extension Group: Sendable {}
