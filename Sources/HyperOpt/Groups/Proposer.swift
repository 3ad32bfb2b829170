internal import Foundation
internal import Synchronization

/// Prepares the next proposal on a thread of its own, while groups train and the coordinator serves.
///
/// One request at a time is worked on; a newer one replaces one that has not begun.
final class Proposer: Sendable {
  /// A proposal that is ready, and what it cost.
  struct Answer: Sendable {
    var proposal: Result<PreparedProposal, StudyError>
    /// The number of journal lines that it knew.
    var prefix: Int
    var seconds: Double
  }

  private struct State {
    var request: Preparation?
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

  /// Asks for a proposal from what is known now.
  func request(_ preparation: Preparation) {
    state.withLock { $0.request = preparation }
    wakeUp.signal()
  }

  /// Whether a proposal is asked for and not ready yet.
  var isBusy: Bool { state.withLock { $0.request != nil || $0.isWorking } }

  /// The latest proposal that is ready, without taking it.
  var answer: Answer? { state.withLock { $0.answer } }

  /// Forgets the proposal that is ready: it has been used.
  func clear() { state.withLock { $0.answer = nil } }

  /// Ends the thread once it is idle.
  func stop() {
    state.withLock { $0.isStopping = true }
    wakeUp.signal()
  }

  private func work() {
    let request: Preparation? = state.withLock { state in
      state.isWorking = state.request != nil
      return state.request.take()
    }
    guard let request else { return }
    let start = ContinuousClock.now
    let result = Result { () throws(StudyError) in try request.run() }
    let duration = (ContinuousClock.now - start).components
    let seconds = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    state.withLock {
      $0.answer = Answer(proposal: result, prefix: request.prefix, seconds: seconds)
      $0.isWorking = false
    }
  }
}
