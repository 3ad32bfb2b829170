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

extension Network {
  /// The layers whose products stay in float32 in a training with bfloat16: convolutions and recurrent ones.
  public var float32Layers: [String] {
    func staysFloat32(_ layer: any LayerConfiguration) -> Bool {
      if let repeated = layer as? TimeDistributed { return staysFloat32(repeated.layer) }
      return layer is any ConvolutionConfiguration || layer is any RecurrentConfiguration
        || layer is Bidirectional
    }
    return layers.filter { staysFloat32($0.configuration) }.map(\.name)
  }
}
