internal import Foundation

/// The processes of this machine, as /proc shows them.
public enum Processes {
  /// The process that is rank `rank` of an MPI job with `argument` on its command line; nil: there is none.
  public static func rank(_ rank: Int, of argument: String) -> Int32? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    for id in names.compactMap(Int32.init) {
      guard words(of: id, "cmdline").contains(argument) else { continue }
      let variables = words(of: id, "environ")
      for name in ["OMPI_COMM_WORLD_RANK", "PMI_RANK"] where variables.contains("\(name)=\(rank)") {
        return id
      }
    }
    return nil
  }

  /// Whether the process is stopped, as by SIGSTOP.
  public static func isStopped(_ id: Int32) -> Bool {
    let text = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ""
    return text.split(separator: ")").last?.split(separator: " ").first == "T"
  }

  /// The processes that a process has started, or has taken over, ended or not; those only whose command line
  /// has `word`, where one is given.
  public static func children(of id: Int32, with word: String? = nil) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { child in
      let text = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ""
      return text.split(separator: ")").last?.split(separator: " ").dropFirst().first == "\(id)"
        && word.map { words(of: child, "cmdline").contains($0) } ?? true
    }
  }

  /// The processes that a process has started, and those that these have.
  static func descendants(of id: Int32) -> [Int32] {
    children(of: id).flatMap { [$0] + descendants(of: $0) }
  }

  /// Whether the process is there, ended or not.
  public static func exists(_ id: Int32) -> Bool { kill(id, 0) == 0 }

  private static func words(of id: Int32, _ file: String) -> [String] {
    let data = FileManager.default.contents(atPath: "/proc/\(id)/\(file)") ?? Data()
    return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}
