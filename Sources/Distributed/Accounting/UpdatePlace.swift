/// In which of a worker's times the updates by the optimizer are: what a simulation must not count twice.
enum UpdatePlace: Int, CaseIterable {
  /// In the exchange: of shared weights, behind the pass.
  case exchange
  /// In computing, as a pass of its own: of a worker's own weights.
  case compute
  /// In computing, during the backward pass, which has the gradient in the cache.
  case backward

  /// Where they are in `mode`; of a worker that updates weights of its own between its pulls those are meant.
  init(_ mode: any ExchangeMode, _ updatesInBackward: Bool) {
    let type = type(of: mode)
    self =
      updatesInBackward
      ? .backward
      : type.keepsStateInMemory && type.sharesMemory && !mode.changesWeights ? .exchange : .compute
  }
}
