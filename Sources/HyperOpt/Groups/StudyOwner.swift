internal import Configuration
private import Distributed
private import Foundation
private import Glibc

/// One coordinator of a study, as other coordinators of the same journal see it: alive or gone.
///
/// A coordinator keeps a file beside the journal and touches it now and then. On its own host the
/// process itself is looked at; from other hosts the file's age decides.
package final class StudyOwner {
  /// The name that trials are marked with: host, process, and when the process began.
  package let name: String
  private let folder: String
  private let file: String
  private var lastTouch = 0.0

  /// Seconds without a touch after which a coordinator on another host counts as gone.
  private static let patience = 60.0
  private static let touchSeconds = 10.0

  /// Announces a coordinator of the study with this journal.
  package init(journal: String) {
    name = "\(Self.host):\(getpid()):\(Self.startTime(of: getpid()) ?? "0")"
    folder = journal + ".owners"
    file = folder + "/" + name
    mkdir(folder, 0o777)
    touch()
    let others = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for other in others where other != name && !isAlive(other) { unlink(folder + "/" + other) }
  }

  /// Says that this coordinator lives; call it often, it acts now and then.
  package func touch() {
    guard Clock.now - lastTouch > Self.touchSeconds || lastTouch == 0 else { return }
    lastTouch = Clock.now
    let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return }
    futimens(descriptor, nil)
    close(descriptor)
  }

  /// Takes the announcement back.
  package func leave() {
    unlink(file)
    rmdir(folder)  // succeeds for the last one
  }

  /// The running trials of `history` whose coordinator is gone: they may be gone on with.
  package func orphans(in history: History) -> [Int] {
    history.running.map(\.number).filter { number in
      guard
        case .string(let owner)? = history.trials[number].systemAttributes[Self.attribute]?.kind
      else { return false }  // somebody asked for it by hand, or by Optuna
      return owner != name && !isAlive(owner)
    }
  }

  /// The trial's attribute that holds its owner's name.
  package static let attribute = "sounder:owner"

  private func isAlive(_ owner: String) -> Bool {
    let parts = owner.split(separator: ":").map(String.init)
    if parts.count == 3, parts[0] == Self.host, let process = Int32(parts[1]) {
      return Self.startTime(of: process) == parts[2]
    }
    var theirs = stat()
    var ours = stat()
    // Both times are the file server's.
    guard stat(folder + "/" + owner, &theirs) == 0, stat(file, &ours) == 0 else { return false }
    return Double(ours.st_mtim.tv_sec - theirs.st_mtim.tv_sec) < Self.patience
  }

  private static var host: String { ProcessInfo.processInfo.hostName }

  /// Field 22 of /proc/PID/stat: when the process began, in clock ticks since the start of the host.
  private static func startTime(of process: Int32) -> String? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    return fields.count > 19 ? String(fields[19]) : nil
  }
}
