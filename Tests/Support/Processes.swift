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

  private static func words(of id: Int32, _ file: String) -> [String] {
    let data = FileManager.default.contents(atPath: "/proc/\(id)/\(file)") ?? Data()
    return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}
