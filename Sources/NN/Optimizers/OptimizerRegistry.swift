public import Configuration

/// All optimizers by name.
public enum OptimizerRegistry {
  /// Every kind of optimizer.
  ///
  /// The shared tests run over this list.
  public static let all: [any Optimizer.Type] = [
    SGD.self, Momentum.self, Nesterov.self, Adam.self, AdamW.self, AMSGrad.self, Nadam.self,
    Adamax.self, RMSProp.self, Adadelta.self, Adagrad.self, AdagradDA.self, FTRL.self,
    ProximalAdagrad.self, ProximalGradientDescent.self, LAMB.self, LARS.self, Lion.self,
  ]

  /// Reads a name, alone or with options: `adam`, `sgd: {learning_rate: 0.1}`.
  public static func optimizer(
    _ value: Value, at keyPath: [String]
  ) throws(ConfigurationError) -> any Optimizer {
    let named = try NamedOptions(value, at: keyPath)
    return try named.read(
      "optimizer", as: all,
      name: { $0.aliases.contains(named.name) ? named.name : $0.name },
      telling: all.map { $0.name } + all.flatMap { $0.aliases }
    ) {
      (type, options) throws(ConfigurationError) in try type.init(options: &options)
    }
  }
}
