import CHDF5

extension Dataset {
  /// Virtual data sets may be made of virtual ones; in a circle they end here.
  private static let deepestVirtual = 8

  /// Throws unless all sources of a virtual data set are there, as large as it takes them to be, and
  /// written.
  ///
  /// The library reads a source that is missing as zeros. Sources with a number for a name (`%b`) may
  /// end anywhere: these are believed. Not a virtual data set: nothing is checked.
  package func checkSources() throws(HDF5Error) {
    try checkSources(depth: 0)
  }

  private func checkSources(depth: Int) throws(HDF5Error) {
    func failed(_ reason: String) -> HDF5Error {
      error(.damaged, "what it is made of cannot be read: \(reason)")
    }
    let id = identifier.raw
    let properties = try Identifier(H5Dget_create_plist(id), close: H5Pclose, error: failed)
    guard Library.call({ H5Pget_layout(properties.raw) }) == H5D_VIRTUAL else { return }
    guard depth < Self.deepestVirtual else {
      throw error(.damaged, "is made of virtual data sets that are made of one another")
    }
    var count = 0
    try Library.check(H5Pget_virtual_count(properties.raw, &count), error: failed)
    var checked: Set<[String]> = []
    for index in 0..<count {
      let fileName = try Self.text(failed) {
        H5Pget_virtual_filename(properties.raw, index, $0, $1)
      }
      let name = try Self.text(failed) { H5Pget_virtual_dsetname(properties.raw, index, $0, $1) }
      guard let fileName = Self.plain(fileName), let name = Self.plain(name) else { continue }
      let space = try Identifier(
        H5Pget_virtual_srcspace(properties.raw, index), close: H5Sclose, error: failed)
      let place = try Identifier(
        H5Pget_virtual_vspace(properties.raw, index), close: H5Sclose, error: failed)
      let path = try source(fileName)
      let dataset = try Self.open(path, name, of: self)
      try checkExtent(of: dataset, covers: space.raw, for: place.raw)
      guard checked.insert([path, name]).inserted else { continue }
      try dataset.checkWritten()
      try dataset.checkSources(depth: depth + 1)
    }
  }

  private static func open(
    _ path: String, _ name: String, of owner: borrowing Dataset
  ) throws(HDF5Error) -> Dataset {
    do throws(HDF5Error) { return try File(opening: path).dataset(name) } catch {
      throw owner.error(error.kind, "is virtual, and one of its sources is not usable: \(error)")
    }
  }

  /// Throws unless `dataset` has the elements that are selected in `space`, and as many as `place` takes.
  private func checkExtent(
    of dataset: borrowing Dataset, covers space: hid_t, for place: hid_t
  ) throws(HDF5Error) {
    // Where all of a source is taken, its space says nothing about how much that is.
    if Library.call({ H5Sget_select_type(space) }) == H5S_SEL_ALL {
      let wanted = Library.call {
        H5Sget_select_type(place) == H5S_SEL_HYPERSLABS ? H5Sget_select_npoints(place) : -1
      }
      let count = dataset.rowCount * dataset.rowWidth
      guard wanted >= 0, wanted < Int.max, Int(wanted) != count else { return }
      throw error(
        .wrongShape,
        "is virtual and takes \(wanted) elements of \(dataset.file): '\(dataset.path)', which has "
          + "\(count) (its shape is \(dataset.shape)): make it anew")
    }
    let axisCount = Library.call { H5Sget_simple_extent_ndims(space) }
    guard axisCount > 0 else { return }
    var low = [hsize_t](repeating: 0, count: Int(axisCount))
    var high = low
    // A selection without end has no bounds: it takes what is there.
    guard Library.call({ H5Sget_select_bounds(space, &low, &high) }) >= 0,
      !high.contains(chdf5_unlimited())
    else { return }
    let isCovered =
      high.count == dataset.shape.count
      && zip(high, dataset.shape).allSatisfy { $0 < hsize_t($1) }
    guard !isCovered else { return }
    throw error(
      .wrongShape,
      "is virtual and takes elements up to \(high.map { $0 + 1 }) of \(dataset.file): "
        + "'\(dataset.path)', whose shape is \(dataset.shape): make it anew")
  }

  /// The file behind a source's name, found where the library looks for it.
  private func source(_ name: String) throws(HDF5Error) -> String {
    guard name != "." else { return file }
    let folder = Posix.folder(of: file)
    var candidates: [String] = []
    var rest = name
    if name.hasPrefix("/") {
      candidates.append(name)
      rest = name.split(separator: "/").last.map(String.init) ?? name
    }
    for prefix in (Posix.variable("HDF5_VDS_PREFIX") ?? "").split(separator: ":") {
      candidates.append("\(prefix.replacing("${ORIGIN}", with: folder))/\(rest)")
    }
    candidates.append("\(folder)/\(rest)")
    candidates.append(rest)
    candidates.append("\(Posix.folder(of: Posix.resolved(file)))/\(rest)")
    guard let found = candidates.first(where: Posix.exists) else {
      throw error(
        .missingFile,
        "is virtual, and its source file '\(name)' is not there (looked for as "
          + "\(candidates[0])): copy it there, or set HDF5_VDS_PREFIX to its folder")
    }
    return found
  }

  /// A name without the doubling of `%`; nil for one that stands for many (`part-%b.h5`).
  private static func plain(_ name: String) -> String? {
    var plain = ""
    var rest = name[...]
    while let place = rest.firstIndex(of: "%") {
      plain += rest[..<place]
      rest = rest[rest.index(after: place)...]
      if rest.first == "%" {
        rest.removeFirst()
      } else if rest.first(where: { !$0.isNumber }) == "b" {
        return nil
      }
      plain += "%"
    }
    return plain + rest
  }

  /// A text that the library first says the length of.
  private static func text(
    _ failed: (String) -> HDF5Error, _ get: (UnsafeMutablePointer<CChar>?, Int) -> Int
  ) throws(HDF5Error) -> String {
    let length = try Library.check(get(nil, 0), error: failed)
    var bytes = [CChar](repeating: 0, count: length + 1)
    try Library.check(get(&bytes, bytes.count), error: failed)
    return String(decoding: bytes.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
