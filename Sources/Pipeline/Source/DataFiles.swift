import Configuration
import Glibc
import HDF5

/// The files that the key `file` of a job file stands for: files, patterns, and texts that list them.
enum DataFiles {
  /// A list of paths is a text of a few megabytes; anything larger is not one.
  private static let largestListByteCount = 64 << 20

  /// The paths behind `entries`, in order: those of a pattern sorted by name, those of a list as listed.
  ///
  /// Whether a file is there is for its reader to say.
  /// - Throws: `PipelineError`: 66 for a pattern that matches nothing or a list that is missing, 65 for a
  ///   list without paths and for a file that is named twice.
  static func paths(_ entries: [String]) throws(PipelineError) -> [String] {
    var paths: [String] = []
    for entry in entries { paths += try expand(entry, mayBeList: true) }
    var seen: Set<String> = []
    for path in paths where !seen.insert(path).inserted {
      throw PipelineError(
        "\(path): is named twice among the data files, so its rows would count twice: name it once")
    }
    return paths
  }

  private static func expand(_ entry: String, mayBeList: Bool) throws(PipelineError) -> [String] {
    // A file whose name has a star in it is that file.
    if access(entry, F_OK) == 0 {
      return mayBeList && isList(entry) ? try listed(in: entry) : [entry]
    }
    guard entry.contains(where: { "*?[".contains($0) }) else { return [entry] }
    let matches = matches(of: entry)
    guard !matches.isEmpty else {
      throw PipelineError(
        "\(entry): no file matches this pattern: mend it, or look whether the files are there",
        exitCode: ExitCode.missingInput)
    }
    return matches
  }

  /// The files that match a pattern of the shell, sorted by the bytes of their names.
  private static func matches(of pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, GLOB_MARK | GLOB_NOSORT, nil, &found) == 0 else { return [] }
    var paths: [String] = []
    for index in 0..<Int(found.gl_pathc) {
      guard let text = found.gl_pathv[index] else { continue }
      let path = String(cString: text)
      // The mark of a folder.
      if !path.hasSuffix("/") { paths.append(path) }
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether `path` is a text by its name, and no HDF5 file all the same.
  private static func isList(_ path: String) -> Bool {
    guard path.lowercased().hasSuffix(".txt") else { return false }
    do throws(HDF5Error) {
      _ = try File(opening: path)
      return false
    } catch { return error.kind == .notHDF5 }
  }

  /// The paths that a text lists, one a line, relative to its folder.
  private static func listed(in list: String) throws(PipelineError) -> [String] {
    let bytes: [UInt8]
    do { bytes = try FileRegion(list).bytes(at: 0, largestListByteCount + 1) } catch {
      throw PipelineError(error)
    }
    guard bytes.count <= largestListByteCount else {
      throw PipelineError("\(list): is too large for a list of files: give one path a line")
    }
    guard !bytes.contains(0) else {
      throw PipelineError("\(list): is no text: give an HDF5 file, or one path a line")
    }
    let folder = list.lastIndex(of: "/").map { list[...$0] } ?? ""
    var paths: [String] = []
    for line in bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
      let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
      let start = line.drop(while: blank)
      guard let first = start.first, first != UInt8(ascii: "#") else { continue }
      let end = start.lastIndex { !blank($0) } ?? start.startIndex
      let path = String(decoding: start[...end], as: UTF8.self)
      paths += try expand(path.hasPrefix("/") ? path : folder + path, mayBeList: false)
    }
    guard !paths.isEmpty else {
      throw PipelineError("\(list): lists no file: give one path a line")
    }
    return paths
  }
}
