/// Short messages that nobody waits for: a target that takes none, since it is stopped or its host is cut off, holds
/// up neither the sender nor the other targets.
///
/// A blocking send returns when the library has passed the message on, which it cannot where earlier bytes still
/// fill the connection to the target. One outbox belongs to one thread; messages to one target arrive in the order in
/// which they were sent.
package final class Outbox {
  /// The messages that are on their way.
  private var leaving: [Letter] = []

  private struct Letter {
    let transfer: Transfer
    /// The bytes, which the library may still read.
    let bytes: UnsafeMutableRawBufferPointer
  }

  /// Nothing is on its way yet.
  package init() {}

  /// Sends a copy of `values` to rank `target` of `group`.
  ///
  /// Not collective; does not block.
  package func send<E: MPIElement>(
    _ values: [E], to target: Int, tag: Int, on group: borrowing Communicator
  ) throws(MPIError) {
    _ = try isEmpty()
    let copy = UnsafeMutableBufferPointer<E>.allocate(capacity: values.count)
    _ = copy.initialize(from: values)
    let letter = Letter(transfer: Transfer(), bytes: UnsafeMutableRawBufferPointer(copy))
    try letter.transfer.send(UnsafeBufferPointer(copy), to: target, tag: tag, on: group)
    leaving.append(letter)
  }

  /// Whether nothing is on its way any more.
  ///
  /// Does not block; lets MPI make progress.
  package func isEmpty() throws(MPIError) -> Bool {
    var index = 0
    while index < leaving.count {
      if try leaving[index].transfer.isDone() {
        // Out at once: where a later one is an error, nobody looks at this one again.
        leaving.remove(at: index).bytes.deallocate()
      } else {
        index += 1
      }
    }
    return leaving.isEmpty
  }

  /// Waits until nothing is on its way any more, so that none is left when MPI ends.
  ///
  /// Blocking: call it where the targets receive all of it, or have.
  package func finish(on group: borrowing Communicator) throws(MPIError) {
    var pause = Backoff()
    while try !isEmpty() {
      try group.checkInterrupt()
      pause.pause()
    }
  }

  deinit {
    // What is still on its way keeps its memory: the library reads there.
    if !leaving.isEmpty { _ = try? isEmpty() }
  }
}

@available(*, unavailable)
extension Outbox: Sendable {}
