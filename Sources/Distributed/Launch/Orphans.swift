private import CShared
private import FoundationEssentials
private import Glibc

/// Processes that outlive the child of ours that has started them.
package enum Orphans {
  /// From now on they become children of this process; else init would have them, and nobody know of them.
  package static func adopt() { cs_adopt_orphans() }

  /// Kills all children of this process, and what they leave, and waits until they have ended.
  ///
  /// For a process that has no other children. Gives up after `seconds`, as the kernel may hold one back.
  package static func end(within seconds: Double = 30) {
    let limit = Clock.now + seconds
    var children = Self.children
    while !children.isEmpty, Clock.now < limit {
      for child in children {
        kill(child, SIGKILL)
        waitpid(child, nil, WNOHANG)
      }
      Clock.sleep(seconds: 0.005)
      // Those of a child that has just ended are ours now.
      children = Self.children
    }
  }

  /// The processes whose parent this one is, ended or not.
  private static var children: [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { id in
      guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
        // Behind the name, which may hold anything: the state, and the parent.
        let name = text.lastIndex(of: ")")
      else { return false }
      let fields = text[text.index(after: name)...].split(separator: " ")
      return fields.count > 1 && Int32(fields[1]) == getpid()
    }
  }
}
