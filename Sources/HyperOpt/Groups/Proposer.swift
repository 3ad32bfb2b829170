internal import Foundation
internal import Synchronization

/// Prepares the next proposals on a thread of its own, while groups train and the coordinator serves.
///
/// One request at a time is worked on; a newer one replaces one that has not begun.
final class Proposer: Sendable {
  /// Proposals that are ready, and what they cost.
  struct Answer: Sendable {
    var proposals: Result<[PreparedProposal], StudyError>
    /// What the request was marked with.
    var mark: Int
    /// The number of journal lines that it knew.
    var prefix: Int
    /// CPU time: what it costs, whoever else is on the core.
    var seconds: Double
    /// How long it took.
    var waitSeconds: Double
  }

  private struct State {
    var request: (preparation: Preparation, mark: Int)?
    var isWorking = false
    var answer: Answer?
    var isStopping = false
  }

  private let state = Mutex(State())
  private let wakeUp = DispatchSemaphore(value: 0)

  init() {
    let thread = Thread { [weak self] in
      while let worker = self {
        worker.wakeUp.wait()
        if worker.state.withLock({ $0.isStopping }) { return }
        worker.work()
      }
    }
    // Matrices of a few hundred rows may stand on the stack of a numerical library.
    thread.stackSize = 16 << 20
    thread.name = "proposer"
    thread.start()
  }

  /// Asks for proposals from what is known now.
  func request(_ preparation: Preparation, mark: Int) {
    state.withLock { $0.request = (preparation, mark) }
    wakeUp.signal()
  }

  /// Whether a proposal is asked for and not ready yet.
  var isBusy: Bool { state.withLock { $0.request != nil || $0.isWorking } }

  /// Whether an answer is ready.
  var hasAnswer: Bool { state.withLock { $0.answer != nil } }

  /// Takes the latest answer, when one is ready.
  func take() -> Answer? { state.withLock { $0.answer.take() } }

  /// Ends the thread once it is idle.
  func stop() {
    state.withLock { $0.isStopping = true }
    wakeUp.signal()
  }

  private func work() {
    let next = state.withLock { state -> (preparation: Preparation, mark: Int)? in
      state.isWorking = state.request != nil
      return state.request.take()
    }
    guard let (request, mark) = next else { return }
    let start = ContinuousClock.now
    let processorStart = ProcessorTime.ofThread
    let result = Result { () throws(StudyError) in try request.runAll() }
    let duration = (ContinuousClock.now - start).components
    let seconds = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    state.withLock {
      $0.answer = Answer(
        proposals: result, mark: mark, prefix: request.prefix,
        seconds: ProcessorTime.ofThread - processorStart, waitSeconds: seconds)
      $0.isWorking = false
    }
  }
}

/// CPU time.
enum ProcessorTime {
  /// Seconds that the calling thread has computed.
  static var ofThread: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
