private import Configuration
internal import Glibc
private import Pipeline

/// A data file, and the place of its copy on a node.
package struct StagedFile {
  /// The file as the job names it.
  package let source: String
  /// Its size.
  package let byteCount: Int
  /// When it was last written.
  let modified: timespec
  /// Its copy, which stands there whole or not at all.
  let path: String
  /// The copy as long as it is made.
  var part: String { path + ".part" }
  /// The number of its lock, which whoever makes, reads or removes the copy has.
  let number: Int

  /// Looks at `source`, whose copy is to stand in `folder`.
  ///
  /// - Throws: `DistributedError`: 66 when it is not there, 65 when it is no file.
  init(_ source: String, in folder: String) throws(DistributedError) {
    guard let status = Self.status(source), let real = realpath(source, nil) else {
      throw DistributedError(
        "\(source): \(String(cString: strerror(errno))): check the name",
        exitCode: ExitCode.missingInput)
    }
    defer { free(real) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DistributedError("\(source): is no file: name the files in it")
    }
    self.source = source
    byteCount = Int(status.st_size)
    modified = status.st_mtim
    // Files of one name in two folders have copies of two names, and so have those of two users.
    var sum = CRC64()
    sum.add(UnsafeRawBufferPointer(start: real, count: strlen(real)))
    var user = geteuid()
    withUnsafeBytes(of: &user) { sum.add($0) }
    number = Int(sum.value >> 2)
    let digits = String(sum.value, radix: 16)
    let name = source.split(separator: "/").last.map(String.init) ?? source
    let end = String(decoding: name.utf8.suffix(200), as: UTF8.self)
    path = "\(folder)/\(String(repeating: "0", count: 16 - digits.count))\(digits)-\(end)"
  }

  /// Whether the copy is there, this user's own, and as large and old as the file.
  var isThere: Bool {
    var status = stat()
    // Others may write to such a folder, too: neither links nor their files are taken.
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && status.st_uid == geteuid() && isSame(status)
  }

  /// Whether the file is still as it was.
  var isUnchanged: Bool {
    Self.status(source).map(isSame) ?? false
  }

  /// Whether size and time are those that the file had.
  private func isSame(_ status: stat) -> Bool {
    Int(status.st_size) == byteCount && status.st_mtim.tv_sec == modified.tv_sec
      && status.st_mtim.tv_nsec == modified.tv_nsec
  }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }
}

extension DataConfiguration {
  /// The files that would be copied to `folder`, each once.
  package func files(stagedIn folder: String) throws -> [StagedFile] {
    var data = self
    return try data.stage(in: folder)
  }

  /// Names the copies in `folder` in place of the files, which it gives, each once.
  mutating func stage(in folder: String) throws -> [StagedFile] {
    var files: [StagedFile] = []
    var known: Set<String> = []
    func stage(_ source: inout DataSource) throws {
      try source.requireFiles(for: "data.stage copies files")
      source.files = try source.paths().map { path in
        let file = try StagedFile(path, in: folder)
        if known.insert(file.path).inserted { files.append(file) }
        return file.path
      }
    }
    try stage(&train)
    if case .source(var source) = validation {
      try stage(&source)
      validation = .source(source)
    }
    return files
  }
}
