internal import CMPI

// Point-to-point messages: small records between the workers and rank 0.
extension Communicator {
  /// Sends `values` to rank `target` and returns when they may be reused.
  ///
  /// Not collective; may block until the target receives, which short messages do not.
  public borrowing func send<E: MPIElement>(
    _ values: [E], to target: Int, tag: Int
  ) throws(MPIError) {
    let code = values.withUnsafeBufferPointer {
      cmpi_send($0.baseAddress, Int32($0.count), E.mpiType, Int32(target), Int32(tag), handle)
    }
    try MPIError.check(code, "send \(values.count) values to rank \(target)")
  }

  /// Receives exactly `values.count` values from rank `source`.
  ///
  /// Blocks until they are there.
  public borrowing func receive<E: MPIElement>(
    into values: inout [E], from source: Int, tag: Int
  ) throws(MPIError) {
    let code = values.withUnsafeMutableBufferPointer {
      cmpi_recv($0.baseAddress, Int32($0.count), E.mpiType, Int32(source), Int32(tag), handle)
    }
    try MPIError.check(code, "receive \(values.count) values from rank \(source)")
  }

  /// The rank whose message with `tag` waits to be received; nil when there is none.
  ///
  /// Does not block.
  public borrowing func pendingSource(tag: Int, from source: Int? = nil) throws(MPIError) -> Int? {
    var found: Int32 = 0
    var sender: Int32 = 0
    let wanted = source.map(Int32.init) ?? cmpi_any_source()
    try MPIError.check(
      cmpi_iprobe(wanted, Int32(tag), handle, &found, &sender), "look for messages")
    return found != 0 ? Int(sender) : nil
  }

  /// The sender of a message with `tag` that waits, and how many values of type `E` it has, below 0 where it
  /// does not consist of such; nil when there is none.
  ///
  /// Does not block.
  package borrowing func pending<E: MPIElement>(
    _ type: E.Type, tag: Int
  ) throws(MPIError) -> (source: Int, count: Int)? {
    var (found, sender, count): (Int32, Int32, Int32) = (0, 0, 0)
    try MPIError.check(
      cmpi_iprobe_count(
        cmpi_any_source(), Int32(tag), E.mpiType, handle, &found, &sender, &count),
      "look for messages")
    return found != 0 ? (Int(sender), Int(count)) : nil
  }

  /// Sends bytes whose number the target does not know.
  ///
  /// Not collective; as `send`.
  package borrowing func send(bytes: [UInt8], to target: Int, tag: Int) throws(MPIError) {
    try send(bytes, to: target, tag: tag)
  }

  /// The next message of bytes with `tag`, with its sender; nil when none waits.
  ///
  /// Does not block.
  package borrowing func nextBytes(
    tag: Int, from source: Int? = nil
  ) throws(MPIError) -> (bytes: [UInt8], source: Int)? {
    var found: Int32 = 0
    var sender: Int32 = 0
    var count: Int32 = 0
    let wanted = source.map(Int32.init) ?? cmpi_any_source()
    try MPIError.check(
      cmpi_iprobe_count(
        wanted, Int32(tag), UInt8.mpiType, handle, &found, &sender, &count), "look for messages")
    guard found != 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    try receive(into: &bytes, from: Int(sender), tag: tag)
    return (bytes, Int(sender))
  }
}
