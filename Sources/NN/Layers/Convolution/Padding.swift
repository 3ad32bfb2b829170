/// What a window finds beyond the borders of its input, as Keras names it.
public enum Padding: String, Sendable, CaseIterable {
  /// Nothing: it stays within.
  case valid
  /// Zeros, as many that with a stride of 1 there are as many outputs as inputs; one more behind than
  /// before where their number is odd.
  case same
  /// Zeros before the sequence only: an output never depends on later inputs.
  case causal
}
