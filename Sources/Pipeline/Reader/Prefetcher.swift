import Dispatch
import Synchronization

/// What the thread that reads ahead and the thread that trains hand to each other.
///
/// Requests go one way and loaded windows come back in the same order; buffers circulate. All
/// windows in circulation together hold at most `limit` rows, unless a single one is longer.
final class Prefetcher: Sendable {
  /// A window to load.
  struct Request: Sendable {
    /// The file's rows.
    var rows: [Range<Int>]
    /// Room for how many rows to make.
    var capacity: Int
  }

  private struct State {
    var requests: [Request] = []
    var nextRequest = 0
    var loaded: [Result<WindowBuffer, PipelineError>] = []
    var spare: [WindowBuffer] = []
    var rowsInUse = 0
    var limit = 0
    var isStopping = false
  }

  private let state = Mutex(State())
  private let work = DispatchSemaphore(value: 0)
  private let ready = DispatchSemaphore(value: 0)

  /// Asks for windows, which come from `take()` in this order.
  func request(_ requests: [Request], limit: Int) {
    state.withLock {
      $0.requests.removeSubrange(..<$0.nextRequest)
      $0.nextRequest = 0
      $0.requests += requests
      $0.limit = limit
    }
    work.signal()
  }

  /// Waits for the next window that was asked for.
  func take() throws(PipelineError) -> WindowBuffer {
    ready.wait()
    return try state.withLock { $0.loaded.removeFirst() }.get()
  }

  /// Gives a window's memory back.
  ///
  /// Nobody may keep a reference to it: the reading thread would load the next window into a copy.
  func recycle(_ buffer: consuming WindowBuffer) {
    var given: WindowBuffer? = consume buffer
    state.withLock {
      guard let buffer = given.take() else { return }
      $0.rowsInUse -= buffer.capacity
      $0.spare.append(consume buffer)
    }
    work.signal()
  }

  /// Takes back what was asked for and not started yet; returns how many windows are still to come.
  func cancel(outstanding: Int) -> Int {
    state.withLock {
      let cancelled = $0.requests.count - $0.nextRequest
      $0.requests.removeAll()
      $0.nextRequest = 0
      return outstanding - cancelled
    }
  }

  /// Ends `run`.
  func stop() {
    state.withLock { $0.isStopping = true }
    work.signal()
  }

  /// The reading thread: loads windows until `stop()`.
  func run(_ open: @Sendable () throws(PipelineError) -> any RowSource, checks: RowChecks) {
    var source: (any RowSource)?
    while true {
      work.wait()
      while case (let request, var spare)? = next() {
        var result: Result<WindowBuffer, PipelineError>
        do throws(PipelineError) {
          let opened: any RowSource
          if let source { opened = source } else { opened = try open() }
          source = opened
          // Taken: with a second reference its arrays would be copied.
          var buffer = spare.take() ?? WindowBuffer(opened.layout, capacity: request.capacity)
          try buffer.load(request.rows, from: opened, checks)
          result = .success(consume buffer)
        } catch {
          result = .failure(error)
        }
        state.withLock {
          if case .failure = result { $0.rowsInUse -= request.capacity }
          $0.loaded.append(result)
        }
        ready.signal()
      }
      if state.withLock({ $0.isStopping }) { return }
    }
  }

  /// The next window that there is room for, with memory of its size when some is spare.
  private func next() -> (Request, WindowBuffer?)? {
    state.withLock { state in
      guard !state.isStopping, state.nextRequest < state.requests.count else { return nil }
      let request = state.requests[state.nextRequest]
      guard state.rowsInUse == 0 || state.rowsInUse + request.capacity <= state.limit else {
        return nil
      }
      state.nextRequest += 1
      state.rowsInUse += request.capacity
      let fitting = state.spare.firstIndex { $0.capacity == request.capacity }
      let buffer = fitting.map { state.spare.remove(at: $0) }
      // Memory of another size would come on top of what is in use.
      if buffer == nil { state.spare.removeAll() }
      return (request, buffer)
    }
  }
}
