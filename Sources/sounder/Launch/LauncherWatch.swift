private import Distributed
private import FoundationEssentials
private import Glibc

/// Notices a launcher that hangs at its own end.
///
/// Open MPI 4.1 over PMIx 4.2, as Debian 12 has them, waits for a lock of its own for ever where a rank died inside of
/// MPI_Init, and the other ranks wait in there. It has given back its handlers of signals by then, which is how it is
/// told from one whose ranks take their time.
package struct LauncherWatch {
  /// Its end takes well under a second, on a machine with other work some seconds.
  package static let limitSeconds = 15.0

  private let id: Int32
  /// Whether it has been seen with its handlers: then it had begun.
  package private(set) var hasCaught = false
  /// When it was first seen without its handlers.
  private var since: Double?
  private var nextLook = 0.0

  /// Watches the process `id`, which runs or has just been started.
  package init(_ id: Int32) { self.id = id }

  /// Whether it has been at its end for longer than that can take; to be asked again and again.
  package mutating func hangs() -> Bool {
    let now = Clock.now
    guard now >= nextLook else { return false }
    nextLook = now + 0.5
    guard let catches else { return false }
    hasCaught = hasCaught || catches
    guard hasCaught, !catches else {
      since = nil
      return false
    }
    let start = since ?? now
    since = start
    return now - start > Self.limitSeconds
  }

  /// Whether the process has a handler for SIGUSR1; nil: it is no more, or there is no telling.
  private var catches: Bool? {
    let name = "SigCgt:"
    guard let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
      let mask = UInt64(
        line.dropFirst(name.count).drop(while: \.isWhitespace), radix: 16)
    else { return nil }
    return mask & 1 << UInt64(SIGUSR1 - 1) != 0
  }
}
