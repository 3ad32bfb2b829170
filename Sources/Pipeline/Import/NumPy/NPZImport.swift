import HDF5

/// The arrays of one .npz archive, each a data set.
struct NPZImport: PreparedImport {
  let path: String
  /// The group's name; empty for none.
  let name: String
  let options: ImportOptions

  private static let ending = ".npy"

  var oneReaderReason: String? { "the members of an archive are streams" }

  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry] {
    let archive = try ZIPArchive(path)
    guard !archive.members.isEmpty else { throw PipelineError("\(path): holds no arrays") }
    // All names before the first byte: an archive of something else ends here.
    var names: [String] = []
    var taken: Set<String> = []
    var groups: Set<String> = []
    for member in archive.members {
      let name = try self.name(of: member)
      var isFree = taken.insert(name).inserted && !groups.contains(name)
      for slash in name.indices where name[slash] == "/" {
        let group = String(name[..<slash])
        groups.insert(group)
        if taken.contains(group) { isFree = false }
      }
      guard isFree else { throw PipelineError("\(path): '\(member.name.excerpt)' is there twice") }
      names.append(name)
    }
    var entries: [ImportSummary.Entry] = []
    for (member, name) in zip(archive.members, names) {
      let stream = try ZIPMemberStream(member, of: archive)
      let header = try NPYHeader(stream)
      try header.check(member.byteCount - header.headByteCount, stream.path)
      let job = ArrayImport(header: header, name: name, options: options)
      entries.append(try job.run(stream, plain: nil, path: path, into: file, report))
      try stream.finish()
    }
    return entries
  }

  /// The data set's name: the member's, without its ending, within the group.
  private func name(of member: ZIPArchive.Member) throws(PipelineError) -> String {
    guard member.name.hasSuffix(Self.ending) else {
      throw PipelineError(
        "\(path): is a ZIP archive with '\(member.name.excerpt)', which is no .npy: .npz archives of"
          + " arrays are read")
    }
    let parts = member.name.dropLast(Self.ending.count).split(
      separator: "/", omittingEmptySubsequences: false)
    guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." || $0.contains("\0") })
    else {
      throw PipelineError("\(path): '\(member.name.excerpt)' can be no name of a data set")
    }
    return (name.isEmpty ? "" : name + "/") + parts.joined(separator: "/")
  }
}
