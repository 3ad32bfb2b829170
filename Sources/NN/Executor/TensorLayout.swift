/// How the channels of tensors lie between convolutions.
///
/// Plain tensors are rows of channels: [batch, places..., channels]. oneDNN's convolutions are faster over
/// blocks of as many channels as a vector register has floats: [batch, channels / block, places..., block].
/// The first convolution of a chain writes blocks, pooling keeps them or makes rows of its smaller
/// output, and no other layer ever sees them.
///
/// Measured on a CPU with AVX2 (oneDNN 2.6.3, one thread, 32 to 64 channels, 3 x 3, 26 x 26 places, batch
/// 128): 33, 32 and 45 ms for forward pass, input's and kernel's gradient over blocks, and 40, 52 and 62 ms
/// over rows.
enum TensorLayout {
  /// The channels of a block on this CPU; 1 where oneDNN has no such kernels.
  static let block: Int =
    switch Engine.instructionSet {
    case "avx512": 16
    case "avx2": 8
    default: 1
    }

  /// The block of each tensor, 1 for plain ones.
  static func blocks(_ network: Network, _ configurations: [any LayerConfiguration]) -> [Int] {
    var blocks = [Int](repeating: 1, count: network.tensors.count)
    guard block > 1 else { return blocks }
    var readers = [[Int]](repeating: [], count: network.tensors.count)
    for (index, layer) in network.layers.enumerated() {
      for tensor in layer.inputs { readers[tensor].append(index) }
    }
    // From the outputs up: whether a tensor can have blocks depends on who reads it.
    for index in network.layers.indices.reversed() {
      let tensor = network.layers[index].outputs[0]
      guard !readers[tensor].isEmpty, !network.outputs.contains(tensor) else { continue }
      let next = readers[tensor].map { reader in
        (
          isConvolution: writesBlocks(network, configurations, reader, blocks),
          isPooling: configurations[reader] is any PoolingConfiguration
        )
      }
      let fits = (network.tensors[tensor].shape.last ?? 0) % block == 0
      if let convolution = configurations[index] as? any ConvolutionConfiguration {
        if fits, canUseBlocks(convolution), next.allSatisfy({ $0.isConvolution || $0.isPooling }) {
          blocks[tensor] = block
        }
      } else if configurations[index] is any PoolingConfiguration, fits,
        next.allSatisfy(\.isConvolution)
      {
        blocks[tensor] = block
      }
    }
    return blocks
  }

  private static func canUseBlocks(_ convolution: any ConvolutionConfiguration) -> Bool {
    type(of: convolution).kind == .regular && convolution.options.groups == 1
      && convolution.options.activation.isPointwise
  }

  private static func writesBlocks(
    _ network: Network, _ configurations: [any LayerConfiguration], _ index: Int, _ blocks: [Int]
  ) -> Bool {
    configurations[index] is any ConvolutionConfiguration
      && blocks[network.layers[index].outputs[0]] > 1
  }
}
