internal import CMPI

/// A send, receive or one-sided access that is under way in one buffer, made once and started many times.
///
/// The buffer that a start names must be left alone, and alive, until `isDone` has said true.
package final class Transfer {
  private let request: UnsafeMutablePointer<cmpi_request>

  /// Nothing is under way yet.
  package init() {
    request = .allocate(capacity: 1)
    request.initialize(to: cmpi_request_null())
  }

  /// Whether nothing is under way any more.
  ///
  /// Does not block; lets MPI make progress. Source: MPI 3.1, section 3.7.3, `MPI_Test`.
  package func isDone() throws(MPIError) -> Bool {
    var done: Int32 = 0
    try MPIError.check(cmpi_test(request, &done), "look at a transfer")
    return done != 0
  }

  /// Waits until nothing is under way any more, and gives signs of life meanwhile.
  ///
  /// Blocking; ends with an error when this rank is called out, and then something still is.
  func wait(
    _ what: String, _ kind: Wait, on group: borrowing Communicator
  ) throws(MPIError) {
    try Communicator.sleepUntilDone(
      &request.pointee, what, kind, eagerLooks: Communicator.eagerLooks,
      interrupt: group.interrupt, sign: group.sign)
  }

  /// Starts to send `values` to rank `target`.
  ///
  /// Does not block. Source: MPI 3.1, section 3.7.2, `MPI_Isend`.
  package func send<E: MPIElement>(
    _ values: UnsafeBufferPointer<E>, to target: Int, tag: Int, on group: borrowing Communicator
  ) throws(MPIError) {
    let count = try Self.count(values.count)
    try MPIError.check(
      cmpi_isend(
        values.baseAddress, count, E.mpiType, Int32(target), Int32(tag),
        group.handle, request),
      "send \(values.count) values to rank \(target)")
  }

  /// Starts to receive at most `values.count` values from rank `source`.
  ///
  /// Does not block. Source: MPI 3.1, section 3.7.2, `MPI_Irecv`.
  package func receive<E: MPIElement>(
    _ values: UnsafeMutableBufferPointer<E>, from source: Int, tag: Int,
    on group: borrowing Communicator
  ) throws(MPIError) {
    let count = try Self.count(values.count)
    try MPIError.check(
      cmpi_irecv(
        values.baseAddress, count, E.mpiType, Int32(source), Int32(tag),
        group.handle, request),
      "receive \(values.count) values from rank \(source)")
  }

  /// Starts to add `terms` to the floats of `window` on rank `target` from number `place` on, and to fetch
  /// what these were before.
  func add(
    _ terms: UnsafeBufferPointer<Float>, fetching result: UnsafeMutablePointer<Float>,
    on target: Int, at place: Int, of window: cmpi_win
  ) throws(MPIError) {
    let count = try Self.count(terms.count)
    try MPIError.check(
      cmpi_rget_add_floats(
        terms.baseAddress, result, count, Int32(target), Int64(place), window, request),
      "add \(terms.count) floats in a window of rank \(target)")
  }

  /// Starts to add `term` to the whole number of `window` on rank `target` that lies behind `place` floats, an
  /// even number of them, and to fetch what it was before.
  func add(
    _ term: UnsafePointer<Int64>, fetching result: UnsafeMutablePointer<Int64>, on target: Int,
    at place: Int, of window: cmpi_win
  ) throws(MPIError) {
    try MPIError.check(
      cmpi_rget_add_int64(term, result, Int32(target), Int64(place), window, request),
      "count in a window of rank \(target)")
  }

  /// Starts to fetch floats of `window` on rank `target` from number `place` on.
  func fetch(
    _ result: UnsafeMutableBufferPointer<Float>, on target: Int, at place: Int, of window: cmpi_win
  ) throws(MPIError) {
    let count = try Self.count(result.count)
    try MPIError.check(
      cmpi_rget_floats(
        result.baseAddress, count, Int32(target), Int64(place), window, request),
      "fetch \(result.count) floats from a window of rank \(target)")
  }

  /// `count` values as MPI counts them.
  private static func count(_ count: Int) throws(MPIError) -> Int32 {
    guard let number = Int32(exactly: count) else {
      throw MPIError(
        request: "move \(count) values at once",
        reason:
          "it counts to \(Int32.max); where they are a server's part of the weights, take more "
          + "servers (distribution.servers)")
    }
    return number
  }

  deinit { request.deallocate() }
}

@available(*, unavailable)
extension Transfer: Sendable {}
