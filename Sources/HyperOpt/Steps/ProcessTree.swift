private import Distributed
private import FoundationEssentials
private import Glibc

/// The processes of this machine by their parents.
package enum ProcessTree {
  /// All that `process` has started, directly or not, as far as they still run.
  package static func descendants(of process: Int32) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    var children: [Int32: [Int32]] = [:]
    for id in names.compactMap({ Int32($0) }) {
      guard let parent = parent(of: id) else { continue }
      children[parent, default: []].append(id)
    }
    var found: [Int32] = []
    var rest = children[process] ?? []
    while let next = rest.popLast() {
      found.append(next)
      rest += children[next] ?? []
    }
    return found
  }

  /// The fourth word of `/proc/N/stat`; the second may hold blanks in its parentheses.
  private static func parent(of process: Int32) -> Int32? {
    let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let bytes = Pipe.read(descriptor) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let words = text[text.index(after: end)...].split(separator: " ")
    return words.count > 1 ? Int32(words[1]) : nil
  }
}
