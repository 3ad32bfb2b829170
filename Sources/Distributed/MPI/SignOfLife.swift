/// What a rank does while it waits for others: tells the server, and hears whether that is still there.
///
/// A communicator that has one (`Communicator.telling`) calls it in its waits.
package protocol SignOfLife: AnyObject {
  /// The rank has been waiting for others in `wait`; called a few times a second.
  ///
  /// - Throws: when it should not wait any longer.
  func waits(in wait: Wait) throws(MPIError)

  /// The rank works on something that takes long; may be called often.
  func works()
}

extension SignOfLife {
  package func works() {}
}

/// What a wait that looks by itself does between two looks, beside its pause.
struct WaitTurn {
  private var nextSign = Clock.now + 0.25

  /// Tells a few times a second that this rank of `group` waits.
  ///
  /// - Throws: when it is called out of the wait, or should not wait any longer.
  mutating func pass(in wait: Wait, on group: borrowing Communicator) throws(MPIError) {
    try group.checkInterrupt()
    guard let sign = group.sign, Clock.now >= nextSign else { return }
    try sign.waits(in: wait)
    nextSign = Clock.now + 0.25
  }
}

/// What a rank waits for others in.
package enum Wait: Int, Sendable {
  /// All must have come.
  case barrier = 1
  /// One has what the others get.
  case broadcast = 2
  /// All have a part of what they get.
  case reduction = 3
  /// A server has been asked for weights.
  case answer = 4
  /// A file is to be on the disk, or files are to be open.
  case file = 5

  /// In words: "in a barrier".
  var words: String {
    switch self {
    case .barrier: "in a barrier"
    case .broadcast: "in a broadcast"
    case .reduction: "in a reduction"
    case .answer: "for a server's answer"
    case .file: "for a file that it writes"
    }
  }
}
