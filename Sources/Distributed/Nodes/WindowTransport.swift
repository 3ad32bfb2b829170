internal import CKernels
internal import CMPI
internal import NN

/// The master's weights by one-sided accesses to the servers' windows.
///
/// A push is one access to each server that adds the change and fetches what was there before it, float by
/// float atomically; the sum of both is what there is now.
final class WindowTransport: MasterTransport {
  private let layout: ShardLayout
  private let window: cmpi_win
  private let group: Communicator
  private let transfers: [Transfer]
  /// The counts of pushes, which lie behind each server's part: what is added, and what was there.
  private let ones: UnsafeMutableBufferPointer<Float>
  private let counts: UnsafeMutableBufferPointer<Float>
  private let arena: FloatArena
  /// What is added and where the sum goes; nil where nothing is under way.
  private var change: UnsafePointer<Float>?
  private var result: UnsafeMutablePointer<Float>?
  private(set) var pushCount = 0
  private(set) var byteCount = 0

  /// `window` has the servers' parts on the ranks 0, 1, … of `group`, which both outlive the transport.
  init(
    _ window: RemoteWindow, _ layout: ShardLayout, on group: borrowing Communicator
  ) throws(MPIError) {
    self.group = try Communicator(group.handle, interrupt: group.interrupt)
    self.layout = layout
    self.window = window.handle
    transfers = (0..<2 * layout.serverCount).map { _ in Transfer() }
    arena = FloatArena()
    ones = arena.allocate(layout.serverCount)
    counts = arena.allocate(layout.serverCount)
    ones.update(repeating: 1)
  }

  func push(
    _ change: UnsafeMutablePointer<Float>, whole: Bool, fetching result: UnsafeMutablePointer<Float>
  ) throws(MPIError) {
    self.change = UnsafePointer(change)
    self.result = result
    for server in 0..<layout.serverCount {
      let range = layout.range(of: server)
      try transfers[2 * server].add(
        UnsafeBufferPointer(start: change + range.lowerBound, count: range.count),
        fetching: result + range.lowerBound, on: server, at: 0, of: window)
      try transfers[2 * server + 1].add(
        UnsafeBufferPointer(rebasing: ones[server...server]), fetching: counts.start + server,
        on: server, at: range.count, of: window)
      byteCount += 8 * (range.count + 1)
    }
  }

  func pull(into result: UnsafeMutablePointer<Float>) throws(MPIError) {
    self.result = result
    for server in 0..<layout.serverCount {
      let range = layout.range(of: server)
      try transfers[2 * server].fetch(
        UnsafeMutableBufferPointer(start: result + range.lowerBound, count: range.count),
        on: server, at: 0, of: window)
      try transfers[2 * server + 1].fetch(
        UnsafeMutableBufferPointer(rebasing: counts[server...server]), on: server,
        at: range.count, of: window)
      byteCount += 4 * (range.count + 1)
    }
  }

  /// Software that imitates one-sided accesses moves nothing while their target is outside of MPI.
  func progress() throws(MPIError) { _ = try group.pendingSource(tag: Message.pushTag) }

  func isDone() throws(MPIError) -> Bool {
    for transfer in transfers where try !transfer.isDone() { return false }
    guard let result else { return true }
    if let change { ck_accumulate(layout.parameterCount, change, result) }
    for count in counts { pushCount = max(pushCount, Int(count) + (change == nil ? 0 : 1)) }
    self.change = nil
    self.result = nil
    return true
  }

  deinit {
    if result != nil { _ = Unmanaged.passRetained(arena) }
  }
}
