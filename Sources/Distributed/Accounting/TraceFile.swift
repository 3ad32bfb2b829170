internal import Configuration
private import FoundationEssentials
private import HDF5

/// The trace of a training: one JSON file for `chrome://tracing`, Perfetto and `sounder simulate`.
struct TraceFile {
  /// Where it is written.
  let path: String
  /// What `otherData` says beside the ranks.
  let facts: [Value.Entry]
  /// The usage of all ranks, in rank order.
  let usages: [RankUsage]
  let shortestReduction: Double
  let sharesMemory: Bool
  /// The names of an epoch's figures.
  let figureNames: [String]

  /// Brings the ranks' moments to rank 0, which writes them, whole or not at all.
  ///
  /// Collective over `world`.
  func write(_ recorder: TraceRecorder, on world: borrowing Communicator) throws {
    let own = RankTrace(recorder)
    guard world.rank == 0 else { return try own.send(on: world) }
    var events = TraceEvents(
      shortestReduction: shortestReduction, pushComputes: !sharesMemory,
      figureNames: figureNames)
    for rank in 0..<world.size {
      let trace = rank == 0 ? own : try RankTrace(from: rank, on: world)
      events.add(trace, rank: rank, isServer: usages[rank].isServer)
    }
    let text =
      "\(Self.head)\(events.text)],\n\"displayTimeUnit\":\"ms\",\n\"otherData\":"
      + "\(otherData.json)}\n"
    try AtomicFile.replace(path) { temporary in
      try Data(text.utf8).write(to: URL(fileURLWithPath: temporary))
    }
  }

  /// Whether the file at `path` is a trace that a training wrote.
  static func isOne(_ path: String) -> Bool {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe),
      data.starts(with: head.utf8)
    else { return false }
    return data.lastRange(of: Data("\"otherData\":{\"sounder\":".utf8)) != nil
  }

  /// How every trace begins.
  private static let head = "{\"traceEvents\":["

  private var otherData: Value {
    var entries = facts
    entries.append(.init("format", 1))
    entries.append(.init("ranks", Value(.list(usages.map(\.value)))))
    return ["sounder": Value(.map(entries))]
  }
}
