private import FoundationEssentials
private import Glibc

/// The memory that this process and its children may take in all.
package enum MemoryLimit {
  /// The machine's memory, or the smallest limit of the control groups that the process is in: a batch system's, or
  /// a container's.
  ///
  /// Source: Linux, Documentation/admin-guide/cgroup-v2.rst (`memory.max`) and cgroup-v1/memory.rst
  /// (`memory.limit_in_bytes`).
  package static var byteCount: Int64 {
    let machine = Int64(sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))
    let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    return files(groups).compactMap(limit).reduce(machine) { min($0, $1) }
  }

  /// The files that may hold a limit: those of the groups that `groups`, a text as in `/proc/self/cgroup`, names, and
  /// of all that these are in.
  package static func files(_ groups: String) -> [String] {
    var files: [String] = []
    for line in groups.split(separator: "\n") {
      // "0::/user.slice" of version 2, "5:cpu,memory:/slurm/job_1" of version 1.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isUnified = parts[0] == "0" && parts[1].isEmpty
      guard isUnified || parts[1].split(separator: ",").contains("memory") else { continue }
      let root = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
      let name = isUnified ? "memory.max" : "memory.limit_in_bytes"
      var names = parts[2].split(separator: "/").map(String.init)
      while true {
        files.append(([root] + names + [name]).joined(separator: "/"))
        if names.isEmpty { break }
        names.removeLast()
      }
    }
    return files
  }

  /// The limit in a file; nil where there is none ("max"), or no such file.
  private static func limit(_ file: String) -> Int64? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    return Int64(text.prefix { !$0.isWhitespace })
  }
}
