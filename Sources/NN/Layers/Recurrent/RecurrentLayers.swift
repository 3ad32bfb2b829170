extension LayerRegistry {
  static let recurrent: [any LayerConfiguration.Type] = [
    Embedding.self, Masking.self, SimpleRNN.self, LSTM.self, GRU.self, Bidirectional.self,
    TimeDistributed.self, RepeatVector.self,
  ]
}
