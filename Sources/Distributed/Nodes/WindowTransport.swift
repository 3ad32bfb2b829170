internal import CKernels
internal import CMPI

/// The master's weights by one-sided accesses to the servers' windows.
///
/// A push is one access to each server that adds the change and fetches what was there before it, float by
/// float atomically; the sum of both is what there is now.
package final class WindowTransport: MasterTransport {
  private let layout: ShardLayout
  private let window: cmpi_win
  private let group: Communicator
  private let transfers: [Transfer]
  /// The counts of pushes, which lie behind each server's part: what is added, 1 or 0, and what was there; two
  /// numbers for each server.
  private let counts: UnsafeMutableBufferPointer<Int64>
  /// What is added and where the sum goes; nil where nothing is under way.
  private var change: UnsafePointer<Float>?
  private var result: UnsafeMutablePointer<Float>?
  package private(set) var pushCount = 0
  package private(set) var byteCount = 0

  /// `window` has the servers' parts on the ranks 0, 1, … of `group`, which both outlive the transport.
  package init(
    _ window: RemoteWindow, _ layout: ShardLayout, on group: borrowing Communicator
  ) throws(MPIError) {
    self.group = try Communicator(group.handle, interrupt: group.interrupt)
    self.layout = layout
    self.window = window.handle
    transfers = (0..<2 * layout.serverCount).map { _ in Transfer() }
    counts = .allocate(capacity: 2 * layout.serverCount)
    counts.initialize(repeating: 0)
  }

  package func push(
    _ change: UnsafeMutablePointer<Float>, whole: Bool, fetching result: UnsafeMutablePointer<Float>
  ) throws(MPIError) {
    self.change = UnsafePointer(change)
    self.result = result
    for server in 0..<layout.serverCount {
      let range = layout.range(of: server)
      try transfers[2 * server].add(
        UnsafeBufferPointer(start: change + range.lowerBound, count: range.count),
        fetching: result + range.lowerBound, on: server, at: 0, of: window)
      try count(1, on: server)
      byteCount += 8 * range.count + 16
    }
  }

  package func pull(into result: UnsafeMutablePointer<Float>) throws(MPIError) {
    self.result = result
    for server in 0..<layout.serverCount {
      let range = layout.range(of: server)
      try transfers[2 * server].fetch(
        UnsafeMutableBufferPointer(start: result + range.lowerBound, count: range.count),
        on: server, at: 0, of: window)
      try count(0, on: server)
      byteCount += 4 * range.count + 16
    }
  }

  /// Starts to add `term` to a server's count of pushes and to fetch what it was.
  private func count(_ term: Int64, on server: Int) throws(MPIError) {
    guard let numbers = counts.baseAddress.map({ $0 + 2 * server }) else { return }
    numbers[0] = term
    try transfers[2 * server + 1].add(
      numbers, fetching: numbers + 1, on: server, at: layout.countPlace(of: server), of: window)
  }

  /// Software that imitates one-sided accesses moves nothing while their target is outside of MPI.
  package func progress() throws(MPIError) { _ = try group.pendingSource(tag: Message.pushTag) }

  package func isDone() throws(MPIError) -> Bool {
    for transfer in transfers where try !transfer.isDone() { return false }
    guard let result else { return true }
    if let change { ck_accumulate(layout.parameterCount, change, result) }
    for server in 0..<layout.serverCount {
      pushCount = max(pushCount, Int(counts[2 * server] + counts[2 * server + 1]))
    }
    self.change = nil
    self.result = nil
    return true
  }

  deinit {
    // A call off in the middle of an access leaves the library with these addresses.
    if result == nil { counts.deallocate() }
  }
}
