extension File {
  /// Writes a whole file so that a reader sees the old one or the new one, never half of one.
  ///
  /// `body` fills `PATH.tmp.PID` in the same folder; that is closed, synced and renamed over `path`,
  /// and the folder is synced. When anything fails the temporary is removed and what stood at
  /// `path` is untouched. A symbolic link stays one: the file behind it is replaced.
  /// - Throws: `HDF5Error`, or what `body` throws.
  public static func replace(_ path: String, _ body: (borrowing File) throws -> Void) throws {
    try AtomicFile.replace(path) { temporary in
      let file = try File(writing: temporary, named: path)
      try body(file)
      try file.flush()
      try file.close()
    }
  }
}

/// The way to write any file so that a reader never sees half of it.
public enum AtomicFile {
  /// Lets `body` write a temporary file in `path`'s folder, then puts it in `path`'s place.
  ///
  /// The file and its folder are synced. When anything fails the temporary is removed and what
  /// stood at `path` is untouched. A symbolic link stays one.
  /// - Throws: `HDF5Error` (`io`), or what `body` throws.
  public static func replace(_ path: String, _ body: (_ temporary: String) throws -> Void) throws {
    let target = Posix.resolved(path)
    let temporary = "\(target).tmp.\(Posix.processID)"
    do {
      try body(temporary)
      try Posix.synchronize(temporary)
      try Posix.rename(temporary, target)
    } catch {
      Posix.remove(temporary)
      throw error
    }
    try Posix.synchronize(Posix.folder(of: target))
  }
}
