private import Configuration
internal import HyperOpt

extension Table {
  /// The search spaces of the tables; each grid lies within them.
  static let spaces: [String: @Sendable () -> [Parameter]] = [
    "svc_digits": {
      [
        Parameter("C", .float(low: 1e-3, high: 1e3, log: true)),
        Parameter("gamma", .float(low: 1e-5, high: 1e1, log: true)),
        Parameter("kernel", .categorical(["rbf", "poly", "sigmoid"])),
        Parameter("degree", .int(low: 2, high: 5)), Parameter("coef0", .float(low: 0, high: 2)),
      ]
    },
    "mlp_digits": {
      [
        Parameter("lr", .float(low: 1e-4, high: 1, log: true)),
        Parameter("alpha", .float(low: 1e-6, high: 1, log: true)),
        Parameter("width", .int(low: 4, high: 128, log: true)),
        Parameter("batch", .int(low: 8, high: 128, log: true)),
        Parameter("activation", .categorical(["relu", "tanh", "logistic"])),
        Parameter("solver", .categorical(["sgd", "adam"])),
      ]
    },
    "gbm_cancer": {
      [
        Parameter("lr", .float(low: 1e-2, high: 1, log: true)),
        Parameter("max_depth", .int(low: 1, high: 5)),
        Parameter("subsample", .float(low: 0.3, high: 1)),
        Parameter("min_leaf", .int(low: 1, high: 20, log: true)),
        Parameter("n_estimators", .int(low: 10, high: 200, log: true)),
        Parameter("max_features", .categorical(["sqrt", "third", "all"])),
      ]
    },
    "sgd_digits": {
      [
        Parameter("alpha", .float(low: 1e-6, high: 1, log: true)),
        Parameter("eta", .float(low: 1e-4, high: 1, log: true)),
        Parameter("mix", .float(low: 0, high: 1)),
        Parameter("epochs", .int(low: 1, high: 20, log: true)),
        Parameter("schedule", .categorical(["constant", "invscaling", "adaptive"])),
        Parameter("average", .categorical(["no", "yes"])),
      ]
    },
    "forest_diabetes": {
      [
        Parameter("depth", .int(low: 1, high: 12)),
        Parameter("features", .float(low: 0.1, high: 1)),
        Parameter("min_leaf", .int(low: 1, high: 50, log: true)),
        Parameter("trees", .int(low: 5, high: 120, log: true)),
        Parameter("bootstrap", .categorical(["no", "yes"])),
        Parameter("kind", .categorical(["forest", "extra"])),
      ]
    },
  ]
}
