/// What a worker's weights and the shared ones do to each other; see `ReplicaExchange`.
protocol Meeting {
  /// What a checkpoint keeps of it, in words; changes with the meaning of `blocks`.
  static var layout: String { get }
  /// Whether the steps since the last meeting are work that the shared weights still lack.
  static var leavesWork: Bool { get }
  /// What is kept for each trained weight beside the replica's weights.
  var blocks: [UnsafeMutableBufferPointer<Float>] { get }
  /// The replica has the shared weights.
  func begin()
  /// The replica has made a step.
  func stepped()
  /// One meeting; `others` is the number of other workers' meetings since the last one.
  ///
  /// Called under the lock.
  func meet(shared: UnsafeMutablePointer<Float>, others: Int)
}

extension Meeting {
  /// Nothing.
  func stepped() {}
}
