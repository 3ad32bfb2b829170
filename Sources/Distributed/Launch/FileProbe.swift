private import CShared
private import FoundationEssentials
private import Glibc
package import HDF5

/// Whether HDF5 files can be opened at all: a child process tries, so that one on which the C library
/// crashes or hangs takes nobody with it.
///
/// HDF5 trusts what stands in a file in many places. Only before MPI starts: afterwards no process forks.
package struct FileProbe {
  /// The variable that leaves the probe out when it is `off`.
  private static let variable = "SOUNDER_PROBE"
  /// The CPU seconds after which a file is taken for endless.
  private static let cpuSeconds: Int32 = 20
  /// The seconds after which a file that takes no CPU time is taken for one that never answers.
  private static let seconds: Int32 = 300
  /// The files that are gone through; of others only the outline is looked at.
  private static let wholeCount = 64

  /// The files in the order in which they are tried; those that are missing or no HDF5 are passed over.
  let files: [String]

  /// Names files, of which each is tried once.
  package init(_ files: [String]) {
    var seen: Set<String> = []
    self.files = files.filter { seen.insert($0).inserted }
  }

  /// Whether the file of that number is one of those that are gone through: evenly spread, with first and last.
  package static func isWhole(_ number: Int, of count: Int) -> Bool {
    let (gaps, last) = (wholeCount - 1, count - 1)
    return count <= wholeCount || number == 0 || number * gaps / last > (number - 1) * gaps / last
  }

  /// Throws for the first file that must not be opened; not once MPI has started.
  ///
  /// - Throws: `HDF5Error`, `damaged`.
  package func check() throws(HDF5Error) {
    guard !files.isEmpty, getenv(Self.variable).map({ String(cString: $0) }) != "off" else {
      return
    }
    let folder = temporaryFolder()
    defer { if let folder { try? FileManager.default.removeItem(atPath: folder) } }
    var task = (files: files, folder: folder)
    var reached: Int32 = 0
    // Under a smaller limit of memory HDF5 would be refused what it gets later, and get by.
    let signal = withUnsafeMutablePointer(to: &task) { task in
      cs_contain(
        { task, number in
          guard let task = task?.assumingMemoryBound(to: (files: [String], folder: String?).self)
          else { return }
          if let folder = task.pointee.folder { setenv("TMPDIR", folder, 1) }
          let (files, number) = (task.pointee.files, Int(number))
          FileWalk.run(files[number], readsRows: FileProbe.isWhole(number, of: files.count))
        }, task, Int32(files.count), Self.cpuSeconds, Self.seconds, MemoryLimit.byteCount, &reached)
    }
    // A child that somebody stopped has found nothing; the job is about to end, too.
    guard ![0, -1, SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2].contains(signal) else { return }
    throw HDF5Error(
      .damaged, path: files[Int(reached)],
      "\(Self.finding(signal)) (\(Self.variable)=off opens it all the same)")
  }

  /// What ended the child, and what to do.
  private static func finding(_ signal: Int32) -> String {
    let advice = "it is damaged or hostile: copy it again, or make it anew"
    return switch signal {
    case SIGPROF:
      "keeps the HDF5 library busy for more than \(cpuSeconds) s: \(advice)"
    case SIGALRM:
      "cannot be read within \(seconds) s: its storage does not answer, or it leads to what never "
        + "ends: look at it, or copy it to another place"
    case SIGKILL:
      "was being read when the system ended that (signal 9), as it does where memory is short: "
        + "give the job more memory; where that does not help, \(advice)"
    case -2: "makes the HDF5 library end the program: \(advice)"
    default: "makes the HDF5 library crash (signal \(signal)): \(advice)"
    }
  }

  /// A folder for what the child unpacks of archives, which it may not live to remove; nil where nothing is, or where
  /// there can be none.
  private func temporaryFolder() -> String? {
    guard files.contains(where: { ZIPArchive.isArchive($0) }) else { return nil }
    var name = Array((TemporaryFolder.path + "/sounder-XXXXXX").utf8CString)
    guard mkdtemp(&name) != nil else { return nil }
    return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
