/// Hears during a backward pass which gradients are complete, from the last layers to the first.
public protocol GradientObserver: AnyObject {
  /// The gradient's floats from `start` on are what they stay in this step, and so are all changes of the
  /// weights that no gradient changes.
  ///
  /// Called behind each layer, also where `start` is as it was.
  func gradientIsComplete(from start: Int)

  /// The gradients that come next in this step are not to be used: one is not finite, or has exploded.
  func gradientIsRefused()
}
