internal import CMPI

/// Calls a rank out of its waits: the message with which a coordinator ends one task of a group.
///
/// When one rank of a group fails, the others would wait for it for ever. The failing rank tells the
/// coordinator, the coordinator sends the task's number to the others, and every wait of theirs that
/// can look at this ends with an `MPIError` whose `isInterruption` is true. The group's
/// communicators and windows are then abandoned, never freed: freeing is collective.
package final class Interrupt {
  private let handle: cmpi_comm
  private let source: Int
  private let tag: Int
  /// The task that runs now; messages about others are old and dropped.
  package var task = -1
  /// Whether the message for the task has come.
  package private(set) var isRaised = false

  /// Listens for messages of one Int with `tag` from rank `source` of `control`.
  package init(on control: borrowing Communicator, from source: Int, tag: Int) {
    handle = control.handle
    self.source = source
    self.tag = tag
  }

  /// Begins task number `task`.
  package func begin(_ task: Int) {
    self.task = task
    isRaised = false
  }

  /// Looks for the message.
  ///
  /// - Throws: `MPIError` when the task has been called off.
  package func check(_ what: String) throws(MPIError) {
    while !isRaised {
      var found: Int32 = 0
      var sender: Int32 = 0
      try MPIError.check(
        cmpi_iprobe(Int32(source), Int32(tag), handle, &found, &sender), "look for an interruption")
      guard found != 0 else { return }
      var number = 0
      try MPIError.check(
        withUnsafeMutablePointer(to: &number) {
          cmpi_recv($0, 1, Int.mpiType, Int32(source), Int32(tag), handle)
        }, "receive an interruption")
      isRaised = number == task
    }
    throw MPIError(
      request: what, reason: "another rank of the group has failed", isInterruption: true)
  }
}

extension Communicator {
  /// Ends with an error when this rank has been called out.
  package borrowing func checkInterrupt() throws(MPIError) {
    try interrupt?.check("go on")
  }
}
