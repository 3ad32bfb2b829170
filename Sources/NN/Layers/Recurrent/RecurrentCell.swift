/// What one time step of a recurrent layer computes.
///
/// The inputs' share of the gates is there already (`RecurrentMemory.gates`), and the gradients of the
/// input's kernel are computed by the layer afterwards.
protocol RecurrentCell: AnyObject {
  /// A second state beside h, (T + 1) x B x U: an LSTM's c.
  var carry: UnsafeMutablePointer<Float>? { get }
  /// The gradient of that state behind the step at hand, B x U.
  var carryGradient: UnsafeMutablePointer<Float>? { get }
  /// Sets where the state's kernel and the bias lie, and their gradients.
  func bind(_ weights: RecurrentWeights)
  /// Runs before the first step of a forward pass.
  func beginForward()
  /// Computes state `t` + 1 from state `t`.
  func forward(_ t: Int)
  /// Runs before the first step of a backward pass.
  func beginBackward()
  /// Turns the gradient of state `t` + 1 into that of state `t`, and the gates into their gradients.
  func backward(_ t: Int)
  /// Computes the gradients of the state's kernel and of the bias.
  func finishBackward()
}

extension RecurrentCell {
  var carry: UnsafeMutablePointer<Float>? { nil }
  var carryGradient: UnsafeMutablePointer<Float>? { nil }
  func beginForward() {}
}

/// Where a cell's weights lie; their gradients are nil in an executor that only predicts.
struct RecurrentWeights {
  let kernel: UnsafeMutablePointer<Float>
  let kernelGradient: UnsafeMutablePointer<Float>?
  let bias: UnsafeMutablePointer<Float>?
  let biasGradient: UnsafeMutablePointer<Float>?
}
