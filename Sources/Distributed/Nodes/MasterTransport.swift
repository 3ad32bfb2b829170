/// How the first worker of a node reaches the master's weights on the servers; one access at a time.
///
/// The master's weights are a sum: whoever changes them adds to them, so that nobody's part is lost.
package protocol MasterTransport: AnyObject {
  /// Starts to add `change` to the master's weights and to fetch what they are then into `result`.
  ///
  /// `whole`: nothing of it, nor of what earlier pushes have left out, may stay behind.
  ///
  /// Does not block. Both blocks have `parameterCount` floats and are left alone until `isDone`; what is in
  /// `change` then is nobody's any more.
  func push(
    _ change: UnsafeMutablePointer<Float>, whole: Bool, fetching result: UnsafeMutablePointer<Float>
  ) throws(MPIError)

  /// Whether `change`, and what earlier pushes have left out with it, reaches the servers as finite numbers.
  func takes(_ change: UnsafePointer<Float>) -> Bool

  /// Starts to fetch the master's weights in full.
  ///
  /// Does not block.
  func pull(into result: UnsafeMutablePointer<Float>) throws(MPIError)

  /// Whether what was started last is done; lets MPI make progress.
  ///
  /// Does not block.
  func isDone() throws -> Bool

  /// Lets MPI move what others have started; called behind each step.
  ///
  /// Does not block.
  func progress() throws(MPIError)

  /// The pushes of all nodes up to the last one of this node, that one among them; behind `isDone`.
  var pushCount: Int { get }

  /// Whether a server has refused its part of the last push, since its weights would not have been finite behind it;
  /// behind `isDone`.
  var isRefused: Bool { get }

  /// What pushes have left out, so that the master's weights may not have it yet, number by number; empty: nothing;
  /// nil: it cannot be told now.
  var leftOut: [Float]? { get }

  /// Bytes that have been sent and received.
  var byteCount: Int { get }
}

extension MasterTransport {
  /// A change that is finite goes as it is.
  package func takes(_ change: UnsafePointer<Float>) -> Bool { true }
  /// Nobody looks at it but who gets the answer.
  package var isRefused: Bool { false }
  /// Nothing: a push goes as it is.
  package var leftOut: [Float]? { [] }
}
