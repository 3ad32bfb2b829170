/// One update as a rule sees it: what to change, by which gradient, how far.
public struct OptimizerUpdate {
  /// The parameters, `count` floats.
  public let parameters: UnsafeMutablePointer<Float>
  /// Their gradient, clipped and accumulated.
  public let gradient: UnsafeMutablePointer<Float>
  /// The rule's state.
  public let state: UnsafeMutablePointer<Float>
  /// The number of parameters.
  public let count: Int
  /// The floats from one slot of the state to the next: more than `count` where only a part of the
  /// parameters is changed.
  public let slotStride: Int
  /// The number of this update, from 1.
  public let step: Int
  /// The learning rate of this update.
  public let rate: Double
  /// The fraction of each parameter that this update takes away: learning rate times weight decay.
  public let decay: Double
  /// The trained arrays within the parameters; none: one array of all.
  public let arrays: [Range<Int>]

  /// Slot `index` of the state.
  public func slot(_ index: Int) -> UnsafeMutablePointer<Float> { state + index * slotStride }

  /// Calls `body` with each trained array's place.
  public func forEachArray(_ body: (Range<Int>) -> Void) {
    if arrays.isEmpty { body(0..<count) }
    for array in arrays where !array.isEmpty { body(array) }
  }
}
