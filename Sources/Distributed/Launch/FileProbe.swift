private import CShared
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
  private static let seconds: Int32 = 20
  /// The bytes that reading may take: the machine's.
  ///
  /// Under a smaller limit HDF5 would be refused memory that it gets later, and get by.
  private static let byteCount = Int64(
    sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))

  /// The files in the order in which they are tried; those that are missing or no HDF5 are passed over.
  let files: [String]

  /// Names files, of which each is tried once.
  package init(_ files: [String]) {
    var seen: Set<String> = []
    self.files = files.filter { seen.insert($0).inserted }
  }

  /// Throws for the first file that must not be opened; not once MPI has started.
  ///
  /// - Throws: `HDF5Error`, `damaged`.
  package func check() throws(HDF5Error) {
    guard !files.isEmpty, getenv(Self.variable).map({ String(cString: $0) }) != "off" else {
      return
    }
    var files = files
    var reached: Int32 = 0
    let signal = withUnsafeMutablePointer(to: &files) { files in
      cs_contain(
        { files, number in
          guard let files = files?.assumingMemoryBound(to: [String].self) else { return }
          FileWalk.run(files.pointee[Int(number)])
        }, files, Int32(files.pointee.count), Self.seconds, Self.byteCount, &reached)
    }
    // A child that somebody stopped has found nothing; the job is about to end, too.
    guard ![0, -1, SIGINT, SIGTERM, SIGHUP].contains(signal) else { return }
    let what =
      signal == SIGPROF
      ? "keeps the HDF5 library busy for more than \(Self.seconds) s"
      : "makes the HDF5 library crash (signal \(signal))"
    throw HDF5Error(
      .damaged, path: files[Int(reached)],
      "\(what): it is damaged or hostile: copy it again, or make it anew "
        + "(\(Self.variable)=off opens it all the same)")
  }
}
