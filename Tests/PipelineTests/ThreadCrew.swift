import Configuration
import Foundation
import Pipeline
import Synchronization

/// A process of an import that is a thread among others.
final class ThreadCrew: ImportCrew {
  /// Where the threads leave what they have for each other.
  final class Meeting: Sendable {
    struct State {
      var rounds: [[Int: [UInt8]]] = []
      var mail: [Int: [[UInt8]]] = [:]
      var isOver = false
    }
    let state = Mutex(State())

    /// Waits until `look` finds something.
    func wait<Result: Sendable>(_ look: (inout State) -> Result?) throws -> Result {
      let deadline = Date().addingTimeInterval(60)
      while Date() < deadline {
        let (found, isOver) = state.withLock { (look(&$0), $0.isOver) }
        if let found { return found }
        if isOver { throw PipelineError("process 0 has ended") }
        Thread.sleep(forTimeInterval: 0.0002)
      }
      throw PipelineError("a process did not come")
    }
  }

  let rank: Int
  let size: Int
  private let meeting: Meeting
  private var round = 0

  init(_ meeting: Meeting, rank: Int, size: Int) {
    (self.meeting, self.rank, self.size) = (meeting, rank, size)
  }

  func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let (round, size) = (round, size)
    self.round += 1
    meeting.state.withLock {
      if $0.rounds.count == round { $0.rounds.append([:]) }
      $0.rounds[round][rank] = bytes
    }
    return try meeting.wait { state in
      guard state.rounds[round].count == size else { return nil }
      return (0..<size).compactMap { state.rounds[round][$0] }
    }
  }

  func send(_ bytes: [UInt8]) throws {
    let rank = rank
    meeting.state.withLock { $0.mail[rank, default: []].append(bytes) }
    // As a message that is too long to be kept: until it is received.
    _ = try meeting.wait { $0.mail[rank]?.isEmpty == true ? true : nil }
  }

  func receive(_ bytes: inout [UInt8], from rank: Int) throws {
    bytes = try meeting.wait { state in
      state.mail[rank]?.isEmpty == false ? state.mail[rank]?.removeFirst() : nil
    }
  }

  /// Runs the import on so many processes; gives process 0's result.
  static func run(_ importer: Importer, size: Int) throws -> ImportSummary {
    let meeting = Meeting()
    let results = Mutex<[Int: Result<ImportSummary, any Error>]>([:])
    for rank in 0..<size {
      Thread.detachNewThread {
        let crew = ThreadCrew(meeting, rank: rank, size: size)
        let result = Result { try importer.run(with: crew) }
        // Its end is that of the job.
        if rank == 0 { meeting.state.withLock { $0.isOver = true } }
        results.withLock { $0[rank] = result }
      }
    }
    while results.withLock({ $0.count }) < size { Thread.sleep(forTimeInterval: 0.0002) }
    guard let first = results.withLock({ $0[0] }) else { throw PipelineError("no process 0") }
    return try first.get()
  }

  /// What `body` says on each of so many processes, in their order.
  static func each<Value: Sendable>(
    size: Int, _ body: @escaping @Sendable (ThreadCrew) throws -> Value
  ) -> [Result<Value, any Error>] {
    let meeting = Meeting()
    let results = Mutex<[Int: Result<Value, any Error>]>([:])
    for rank in 0..<size {
      Thread.detachNewThread {
        let result = Result { try body(ThreadCrew(meeting, rank: rank, size: size)) }
        results.withLock { $0[rank] = result }
      }
    }
    while results.withLock({ $0.count }) < size { Thread.sleep(forTimeInterval: 0.0002) }
    return results.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value)
  }
}
