/// What training makes small, with Keras' names and definitions.
///
/// A loss gives one number for each vector along the last axis of an output, which is here called a
/// row; the loss of a batch is the sum of the rows' losses, each times its weight where there are
/// weights, over the number of rows: Keras' reduction `sum_over_batch_size`.
public struct Loss: Sendable, Equatable {
  /// Which loss.
  public let function: Function
  /// Where Huber's function turns from a square to a line, above 0; 1 for other losses.
  public let delta: Double
  /// Whether a cross-entropy takes the outputs for logits.
  public let fromLogits: Bool
  /// The part of a cross-entropy's targets that is spread evenly over the classes, in 0...1.
  ///
  /// Szegedy et al. (2016), https://arxiv.org/abs/1512.00567.
  public let labelSmoothing: Double
  /// The weight of the focal losses: of every class, or of class 1 against class 0 in the binary
  /// one with `balancesClasses`; in 0...1.
  public let alpha: Double
  /// The focusing exponent of the focal losses, at least 0.
  public let gamma: Double
  /// Whether binary focal loss weighs class 1 by alpha and class 0 by 1 - alpha.
  public let balancesClasses: Bool
  /// What the outputs of the negative log-likelihood are the parameters of; nil for other losses.
  public let distribution: OutputDistribution?

  /// Chooses a loss; options that the loss does not have are ignored.
  public init(
    _ function: Function, delta: Double = 1, fromLogits: Bool = false, labelSmoothing: Double = 0,
    alpha: Double = 0.25, gamma: Double = 2, balancesClasses: Bool = false,
    distribution: OutputDistribution = .normal
  ) {
    precondition(delta > 0, "huber needs a delta above 0, not \(delta)")
    precondition((0...1).contains(labelSmoothing), "a label smoothing of \(labelSmoothing)")
    precondition((0...1).contains(alpha) && gamma >= 0, "alpha \(alpha), gamma \(gamma)")
    self.function = function
    self.delta = function == .huber ? delta : 1
    self.distribution = function == .negativeLogLikelihood ? distribution : nil
    self.fromLogits =
      function.isCrossentropy && fromLogits || self.distribution == .categorical
    self.labelSmoothing = function.isCrossentropy ? labelSmoothing : 0
    self.alpha = function.isFocal ? alpha : 0.25
    self.gamma = function.isFocal ? gamma : 2
    self.balancesClasses = function == .binaryFocalCrossentropy && balancesClasses
  }

  /// Whether targets are class numbers instead of one number per output.
  public var isSparse: Bool {
    function == .sparseCategoricalCrossentropy || distribution == .categorical
  }

  /// The floats of one row's target for a network of the output shape `shape`; 0 for outputs that are
  /// no parameters of the loss's distribution, see `requireFit`.
  public func targetCount(outputShape shape: [Int]) -> Int {
    shape.dropLast().reduce(1, *) * targetColumns(shape.last ?? 1)
  }

  /// The targets of one row of `columns` outputs along the last axis.
  func targetColumns(_ columns: Int) -> Int {
    if let distribution { return distribution.targetCount(outputs: columns) ?? 0 }
    return isSparse ? 1 : columns
  }

  /// Throws when outputs of the shape `shape` cannot be the parameters of the loss's distribution.
  /// - Throws: `NetworkError` that says how many outputs there must be.
  public func requireFit(outputShape shape: [Int]) throws(NetworkError) {
    guard let distribution, distribution.targetCount(outputs: shape.last ?? 1) == nil else {
      return
    }
    throw NetworkError(
      "the distribution \(distribution.name) takes \(distribution.outputWords), and the network's "
        + "last axis has \(shape.last ?? 1) outputs: change the last layer")
  }

  /// What to do when a row has `targets` numbers and the loss wants another count for the network's
  /// `outputs`.
  public func advice(outputs: Int, targets: Int) -> String {
    switch function {
    case .categoricalCrossentropy where targets == 1:
      "for class numbers use sparse_categorical_crossentropy, or add one_hot to pipeline.target"
    case .sparseCategoricalCrossentropy where targets == outputs:
      "for one number per class use categorical_crossentropy"
    case .sparseCategoricalCrossentropy:
      "this loss takes one class number per row: name another target or another loss"
    case .negativeLogLikelihood:
      "change the outputs of the last layer, which are the distribution's parameters"
    default: "give the last layer as many outputs as a row has targets"
    }
  }

  /// What is odd about outputs behind `activation`, nil for those that the loss expects: a network
  /// trains with them, but hardly learns.
  public func remark(on activation: Activation) -> String? {
    let wanted: Activation.Function
    switch function {
    case .sparseCategoricalCrossentropy, .categoricalCrossentropy: wanted = .softmax
    case .binaryCrossentropy: wanted = .sigmoid
    default: return nil
    }
    let found = activation.function
    if fromLogits, [.softmax, .sigmoid].contains(found) {
      return
        "takes logits (from_logits: true), and the last layer ends in \(found.rawValue): leave out one"
    }
    guard !fromLogits, found != wanted, [.linear, .relu, .tanh].contains(found) else { return nil }
    return "takes probabilities, and the last layer ends in \(found.rawValue): add activation: "
      + "\(wanted.rawValue), or from_logits: true to the loss"
  }

  /// Whether the outputs are parameters of which metrics see the distribution's mean.
  var hidesMean: Bool { distribution != nil && distribution != .categorical }

  /// Whether the loss is computed from the input of `activation`, exactly for any logit.
  func takesOver(_ activation: Activation) -> Bool {
    guard !fromLogits else { return false }
    switch function {
    case .sparseCategoricalCrossentropy, .categoricalCrossentropy:
      return activation.function == .softmax
    case .binaryCrossentropy: return activation.function == .sigmoid
    default: return false
    }
  }

  /// Whether the loss compares distributions along the last axis.
  public var isCategorical: Bool { function.isCategorical || distribution == .categorical }

  /// Whether each output is a yes or no of its own.
  public var isBinary: Bool { function.isBinary || distribution == .bernoulli }
}
