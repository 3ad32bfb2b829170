/// The ways in which convolutions connect channels.
public enum ConvolutionKind: Sendable {
  /// Each filter reads all channels of its group.
  case regular
  /// Each filter reads one channel.
  case depthwise
  /// A depthwise one, and behind it a product over the channels.
  case separable
  /// The transposed matrix of a regular one: its outputs are more than its inputs.
  case transposed

  var hasFilters: Bool { self != .depthwise }
  var hasDepth: Bool { self == .depthwise || self == .separable }
  /// What Keras calls the kernel that `kernelInitializer` is about.
  var kernelWord: String { hasDepth ? "depthwise" : "kernel" }
}
