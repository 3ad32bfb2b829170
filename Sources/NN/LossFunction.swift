extension Loss {
  /// The losses by Keras' names; p is an output, y its target.
  ///
  /// Definitions, defaults and epsilon = 1e-7 are Keras 3's (keras/src/losses/losses.py). Each is
  /// the loss of one vector along the last axis.
  public enum Function: String, Sendable, CaseIterable {
    /// -log p[class], the target being the class's number.
    case sparseCategoricalCrossentropy = "sparse_categorical_crossentropy"
    /// -sum y log p.
    case categoricalCrossentropy = "categorical_crossentropy"
    /// -(y log p + (1 - y) log(1 - p)).
    case binaryCrossentropy = "binary_crossentropy"
    /// alpha (1 - p)^gamma times each term of the cross-entropy (Lin et al. 2017).
    case categoricalFocalCrossentropy = "categorical_focal_crossentropy"
    /// (1 - p_t)^gamma times the binary cross-entropy, p_t = y p + (1 - y) (1 - p).
    case binaryFocalCrossentropy = "binary_focal_crossentropy"
    /// (p - y)^2.
    case meanSquaredError = "mean_squared_error"
    /// |p - y|.
    case meanAbsoluteError = "mean_absolute_error"
    /// 100 |p - y| / max(|y|, epsilon).
    case meanAbsolutePercentageError = "mean_absolute_percentage_error"
    /// (log(1 + max(p, epsilon)) - log(1 + max(y, epsilon)))^2.
    case meanSquaredLogarithmicError = "mean_squared_logarithmic_error"
    /// (p - y)^2 / 2, and delta (|p - y| - delta / 2) beyond delta.
    case huber
    /// log(cosh(p - y)).
    case logCosh = "log_cosh"
    /// max(1 - y p, 0) for y of -1 and 1; targets that are all 0 or 1 are taken so.
    case hinge
    /// The square of hinge.
    case squaredHinge = "squared_hinge"
    /// max(1 + max((1 - y) p) - sum y p, 0).
    case categoricalHinge = "categorical_hinge"
    /// sum y log(y / p), both clipped to epsilon...1.
    case klDivergence = "kl_divergence"
    /// p - y log(p + epsilon).
    case poisson
    /// Minus the cosine of the angle between p and y.
    case cosineSimilarity = "cosine_similarity"
    /// -log of the density of y in a distribution whose parameters are the outputs: `OutputDistribution`.
    ///
    /// Keras has no such loss.
    case negativeLogLikelihood = "negative_log_likelihood"
  }
}

extension Loss.Function {
  /// Other names of a job file, most of them Keras'.
  public static let aliases: [(name: String, function: Self)] = [
    ("bce", .binaryCrossentropy), ("kld", .klDivergence),
    ("kullback_leibler_divergence", .klDivergence), ("logcosh", .logCosh),
    ("mae", .meanAbsoluteError), ("mape", .meanAbsolutePercentageError),
    ("mse", .meanSquaredError), ("msle", .meanSquaredLogarithmicError),
    ("nll", .negativeLogLikelihood),
  ]

  /// The function of a name or an alias.
  public init?(name: String) {
    guard
      let function = Self(rawValue: name)
        ?? Self.aliases.first(where: { $0.name == name })?.function
    else { return nil }
    self = function
  }

  /// Every name and alias.
  static var names: [String] { allCases.map(\.rawValue) + aliases.map(\.name) }

  /// Keras' class of the loss: `MeanSquaredError`.
  var kerasClass: String {
    switch self {
    case .klDivergence: "KLDivergence"
    case .logCosh: "LogCosh"
    default:
      rawValue.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
  }

  /// Whether the loss compares distributions along the last axis by cross-entropy.
  var isCategorical: Bool {
    switch self {
    case .sparseCategoricalCrossentropy, .categoricalCrossentropy, .categoricalFocalCrossentropy:
      true
    default: false
    }
  }

  /// Whether each output is a yes or no of its own.
  var isBinary: Bool { self == .binaryCrossentropy || self == .binaryFocalCrossentropy }

  /// Whether the loss is one of the cross-entropies, from probabilities or logits.
  var isCrossentropy: Bool { isCategorical || isBinary }

  var isFocal: Bool { self == .categoricalFocalCrossentropy || self == .binaryFocalCrossentropy }

  /// Whether the loss of a vector is the mean of a function of each number: then it does not matter
  /// how numbers are grouped into rows.
  var isMeanOfNumbers: Bool {
    switch self {
    case .klDivergence, .cosineSimilarity, .categoricalHinge, .negativeLogLikelihood: false
    default: !isCategorical
    }
  }
}
