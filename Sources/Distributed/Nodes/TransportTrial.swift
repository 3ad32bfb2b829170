internal import NN

/// Measures at the start by which transport the nodes reach the servers sooner.
struct TransportTrial {
  /// Seconds of one exchange of all nodes at once by messages, the slowest node's.
  var messages: Double
  /// The same by one-sided accesses.
  var window: Double

  /// Whether one-sided accesses are taken.
  var prefersWindow: Bool { window < messages }

  /// Both times and the choice, in one line.
  var summary: String {
    func milliseconds(_ seconds: Double) -> String {
      "\((seconds * 1e5).rounded() / 100) ms"
    }
    return "transport between nodes: \(prefersWindow ? "rma" : "messages") (an exchange took "
      + "\(milliseconds(messages)) by messages, \(milliseconds(window)) by one-sided access)"
  }

  /// Seconds of one exchange of `parameterCount` zeros by `transport`: the fastest of some.
  ///
  /// Blocks; all nodes do it at the same time.
  static func seconds(
    of transport: any MasterTransport, parameterCount: Int, on group: borrowing Communicator
  ) throws -> Double {
    let arena = FloatArena()
    let (change, result) = (arena.allocate(parameterCount), arena.allocate(parameterCount))
    var least = Double.infinity
    for _ in 0..<5 {
      let start = Clock.now
      try transport.push(change.start, whole: false, fetching: result.start)
      do { try transport.wait(group) } catch {
        // The library still has the addresses.
        _ = Unmanaged.passRetained(arena)
        throw error
      }
      least = min(least, Clock.now - start)
    }
    return least
  }
}

extension MasterTransport {
  /// Waits, asleep between looks, until what was started last is done.
  package func wait(_ group: borrowing Communicator) throws {
    var pause = Backoff(first: 0.000_02, longest: 0.000_5)
    var turn = WaitTurn()
    while try !isDone() {
      try turn.pass(in: .answer, on: group)
      pause.pause()
    }
  }
}
