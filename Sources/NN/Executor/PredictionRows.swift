extension Network {
  /// The rows that prediction best takes at a time, at most `most`: so many that what a layer reads and
  /// writes stays in the processor's caches, but no fewer than make up for reading the weights again.
  ///
  /// A convolution's values are far larger than its weights: 512 images would be written to memory and read
  /// back between any two layers.
  public func predictionRows(atMost most: Int) -> Int {
    let size = MemoryLayout<Float>.stride
    let rowBytes =
      layers.map { layer in
        (layer.inputs + layer.outputs).reduce(0) { $0 + tensors[$1].count * size }
      }.max() ?? size
    let budget = max(Self.cachedByteCount, parameterCount * size)
    let rows = budget / max(1, rowBytes)
    // Whole tiles of the matrix products, where there are so many.
    return max(1, min(most, rows < 16 ? rows : rows / 16 * 16))
  }

  /// What one rank can hope for of the second and third cache.
  private static let cachedByteCount = 8 << 20
}
