internal import Configuration
private import FoundationEssentials

/// A launcher of MPI jobs that is in PATH.
package struct InstalledLauncher {
  /// Where it is.
  package let path: String
  /// The MPI that it belongs to, when that is one of those known.
  package let dialect: MPIDialect?
  /// The first line that it prints for `--version`.
  package let version: String

  /// The launchers in PATH under the names that `dialect` uses, in the order of the names.
  package static func all(for dialect: MPIDialect) -> [InstalledLauncher] {
    dialect.launcherNames.compactMap { name in find(name).map { InstalledLauncher(path: $0) } }
  }

  /// The first launcher in PATH that speaks `dialect`, or else the first at all; nil where there is none.
  ///
  /// Asks no more of them than it must: an answer takes a fortieth of a second.
  package static func first(for dialect: MPIDialect) -> InstalledLauncher? {
    var other: InstalledLauncher?
    for path in dialect.launcherNames.lazy.compactMap({ find($0) }) {
      let found = InstalledLauncher(path: path)
      if found.dialect == dialect { return found }
      other = other ?? found
    }
    return other
  }

  /// Asks the program at `path` what it is.
  package init(path: String) {
    self.path = path
    let text = (try? ChildProcess.output(of: [path, "--version"])) ?? ""
    dialect = MPIDialect(launcherVersion: text)
    let lines = text.split(separator: "\n").map { String($0).inOneLine }
    // Hydra's first line is a title.
    let line = dialect == .hydra ? lines.first { $0.hasPrefix("Version:") } : nil
    version = line.map { "Hydra " + $0.dropFirst(9) } ?? lines.first ?? ""
  }

  /// The first program of this name in PATH.
  package static func find(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").lazy.map { "\($0)/\(name)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }
}
