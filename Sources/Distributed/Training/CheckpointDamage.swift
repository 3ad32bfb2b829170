internal import HDF5

extension Checkpoint {
  /// What is wrong with the bytes of the checkpoint at `path`; nil when they are those that were
  /// written.
  ///
  /// - Throws: `DistributedError` for a sound file that is no checkpoint, and when the operating
  ///   system refuses to read: that says nothing about the bytes.
  static func damage(in path: String) throws -> String? {
    switch try FileSeal.finding(in: path) {
    case .sound: return nil
    case .broken(let what): return what
    case .missing: break
    }
    let group: Group
    do { group = try open(path) } catch let error as HDF5Error {
      guard error.kind != .io else { throw error }
      return "its checksum is missing, and HDF5 cannot read it"
    }
    do {
      guard try group.group(groupName).intAttribute("format_version") < 2 else {
        return "the checksum behind its end is missing"
      }
      // Those of before have none: what they say has to do.
      _ = try Checkpoint(path, group, identity: nil)
      return nil
    } catch { return "\(error)" }
  }

  /// Throws unless the file at `path` is a checkpoint, which a new one may replace.
  ///
  /// With `orDamaged` also when it cannot be told what it was.
  static func requireOne(_ path: String, orDamaged: Bool = false) throws {
    if try FileSeal.isThere(in: path) { return }
    do { _ = try open(path) } catch let error as HDF5Error {
      guard !orDamaged else { return }
      try readable(path) { throw error }
    }
  }

  /// Throws when the checkpoint at `path` is damaged.
  static func requireSound(_ path: String) throws {
    guard let reason = try damage(in: path) else { return }
    throw DistributedError("the checkpoint \(path) is damaged (\(reason)): begin anew without it")
  }
}
