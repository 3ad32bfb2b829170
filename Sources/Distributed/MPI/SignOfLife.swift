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
