internal import CMPI

/// Sends and receives bytes over a communicator for somebody who outlives the call that lent it.
///
/// The communicator must be alive as long as the port is used; the world always is.
package final class MessagePort {
  private let handle: cmpi_comm

  /// Opens a port on `communicator`.
  package init(_ communicator: borrowing Communicator) { handle = communicator.handle }

  /// Sends bytes; see `Communicator.send`.
  package func send(_ bytes: [UInt8], to target: Int, tag: Int) throws(MPIError) {
    try borrowed().send(bytes: bytes, to: target, tag: tag)
  }

  /// The next message with `tag` from `source`; nil when none waits.
  package func next(tag: Int, from source: Int) throws(MPIError) -> [UInt8]? {
    try borrowed().nextBytes(tag: tag, from: source)?.bytes
  }

  // Nothing is freed when a communicator goes out of scope.
  private func borrowed() throws(MPIError) -> Communicator { try Communicator(handle) }
}
