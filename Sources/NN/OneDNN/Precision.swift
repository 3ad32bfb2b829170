/// What the matrix products of a training multiply; weights, gradients and everything else are float32.
public enum Precision: String, Sendable, CaseIterable {
  /// 24 bits of fraction.
  case float32
  /// Both factors rounded to bfloat16, products added up as float32: mixed precision.
  ///
  /// On CPUs with bfloat16 instructions (AVX-512 BF16, AMX) oneDNN multiplies them at twice the speed
  /// or more. Elsewhere floats that have been rounded are multiplied: the same numbers, no faster.
  case bfloat16
}

extension Precision {
  /// Whether oneDNN multiplies bfloat16 on this CPU.
  public static var hasFastBFloat16: Bool {
    (try? OneDNN(precision: .bfloat16))?.multipliesBFloat16 ?? false
  }
}
