import AllocationCounter
import Configuration
import NN

/// Counts what 100 updates of each optimizer allocate, with nothing beside them: on any CPU none.
enum OptimizerProbe {
  /// Optimizers that together have all that stands around a rule.
  static let around =
    ["value", "norm"].map { "sgd: {momentum: 0.9, clip\($0): 1, gradient_accumulation_steps: 2}" }
    + [
      "rmsprop: {centered: true, momentum: 0.9, global_clipnorm: 1, use_ema: true}",
      "adam: {amsgrad: true, use_ema: true, ema_overwrite_frequency: 5}",
    ]
    + [
      "exponential_decay: {initial_learning_rate: 0.1, decay_rate: 0.5}",
      "inverse_time_decay: {initial_learning_rate: 0.1, decay_rate: 0.5}",
      "piecewise_constant_decay: {boundaries: [5, 50], values: [0.1, 0.01, 0.001]}",
      "polynomial_decay: {initial_learning_rate: 0.1}", "cosine: {initial_learning_rate: 0.1}",
      "cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 3}",
      "one_cycle: {max_lr: 0.1}",
      "linear_warmup: {warmup_steps: 5, learning_rate: {cosine: {initial_learning_rate: 0.1}}}",
      "reduce_on_plateau: {initial_learning_rate: 0.1}",
    ].map { "sgd: {learning_rate: {\($0)}}" }

  /// Every optimizer of the registry with its defaults, and those above.
  static func optimizers(arrays: [Range<Int>]) throws -> [any Optimizer] {
    try (OptimizerRegistry.all.map { $0.name } + around).map { text in
      var optimizer = try OptimizerRegistry.optimizer(
        try Value(yaml: text, file: "probe"), at: ["optimizer"])
      optimizer.common.prepare(arrays: arrays, stepCount: 200)
      return optimizer
    }
  }

  /// Prints one line `NAME COUNT` for each; with `leaks` each update also makes one allocation.
  static func run(stepCount: Int, leaks: Bool) throws {
    let arrays = [0..<50, 50..<60, 60..<300]
    for optimizer in try optimizers(arrays: arrays) {
      let arena = FloatArena()
      guard let parameters = arena.allocate(300).baseAddress,
        let gradient = arena.allocate(300).baseAddress,
        let state = arena.allocate(300 * optimizer.slotCount + 1).baseAddress
      else { return }
      for i in 0..<300 { parameters[i] = 0.01 * Float(i) }
      func update(_ number: Int) {
        for i in 0..<300 { gradient[i] = 0.1 * Float(i % 7 - 3) }
        optimizer.update(
          parameters: parameters, gradient: gradient, state: state, count: 300, step: number)
        if leaks { allocation_make_one() }
      }
      for number in 1...3 { update(number) }
      let before = allocation_count()
      for number in 4..<4 + stepCount { update(number) }
      let count = allocation_count() - before
      print("\(type(of: optimizer).name) \(count)")
    }
  }
}
