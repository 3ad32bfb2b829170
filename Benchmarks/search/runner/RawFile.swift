private import Foundation

/// The file of all evaluations: `method,mode,objective,seed,eval,value,best,suggest_s`.
///
/// A run is appended as a whole, by one write; what a killed process left of one is cut off when the
/// file is opened again. Each process has a file of its own.
struct RawFile {
  /// One run.
  struct Key: Hashable {
    var method: String
    var mode: String
    var objective: String
    var seed: Int
  }

  private static let header = "method,mode,objective,seed,eval,value,best,suggest_s\n"
  private let handle: FileHandle
  private var done: Set<Key> = []

  /// Opens or creates the file; runs with fewer than `evaluations` rows count as not done.
  init(_ path: String, evaluations: Int) throws {
    let url = URL(fileURLWithPath: path)
    let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    var whole = Self.header
    var run = ""
    var last: (key: Key, rows: Int)?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst() {
      let fields = line.split(separator: ",").map(String.init)
      guard fields.count == 8, let seed = Int(fields[3]), let row = Int(fields[4]) else { continue }
      let key = Key(method: fields[0], mode: fields[1], objective: fields[2], seed: seed)
      if last?.key != key { run = "" }
      run += line + "\n"
      last = (key, row)
      if row == evaluations {
        done.insert(key)
        whole += run
        run = ""
      }
    }
    try Data(whole.utf8).write(to: url, options: .atomic)
    handle = try FileHandle(forWritingTo: url)
    try handle.seekToEnd()
  }

  /// Whether the run is in the file.
  func has(_ key: Key) -> Bool { done.contains(key) }

  /// Adds a run.
  mutating func append(_ evaluations: [Experiment.Evaluation], as key: Key) throws {
    var best = Double.infinity
    var rows = ""
    for (index, evaluation) in evaluations.enumerated() {
      best = min(best, evaluation.value)
      let microseconds = (evaluation.cpuSeconds * 1e6).rounded()
      rows +=
        "\(key.method),\(key.mode),\(key.objective),\(key.seed),\(index + 1),\(evaluation.value),"
        + "\(best),\(microseconds / 1e6)\n"
    }
    try handle.write(contentsOf: Data(rows.utf8))
    done.insert(key)
  }
}
