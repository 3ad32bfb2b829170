extension LayerRegistry {
  static let attention: [any LayerConfiguration.Type] = [
    MultiHeadAttention.self, PositionEncoding.self, TransformerEncoder.self,
  ]
}
