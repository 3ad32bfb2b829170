extension LayerRegistry {
  static let normalization: [any LayerConfiguration.Type] = [
    BatchNormalization.self, LayerNormalization.self, GroupNormalization.self,
    RMSNormalization.self,
  ]
}
