import Configuration
import Distributed
import Foundation
import TestSupport
import Testing

/// Every optimizer, and what stands around one, in every mode with real ranks.
@Suite("Optimizers on ranks", .serialized)
struct OptimizerTrainingTests {
  /// Optimizers at rates at which the three clouds are told apart in six epochs.
  static let optimizers = [
    "{sgd: {learning_rate: 0.3}}", "{gradient_descent: {learning_rate: 0.3}}",
    "{momentum: {learning_rate: 0.05}}", "{nesterov: {learning_rate: 0.05}}",
    "{adam: {learning_rate: 0.01}}", "{adamw: {learning_rate: 0.01}}",
    "{amsgrad: {learning_rate: 0.01}}", "{nadam: {learning_rate: 0.01}}",
    "{adamax: {learning_rate: 0.02}}", "{rmsprop: {learning_rate: 0.01}}",
    "{rmsprop: {learning_rate: 0.003, centered: true, momentum: 0.5}}",
    "{adadelta: {learning_rate: 3}}", "{adagrad: {learning_rate: 0.1}}",
    "{adagrad_da: {learning_rate: 0.1}}", "{ftrl: {learning_rate: 0.1}}",
    "{proximal_adagrad: {learning_rate: 0.1, l1_regularization_strength: 1e-4}}",
    "{proximal_gradient_descent: {learning_rate: 0.3, l2_regularization_strength: 1e-4}}",
    "{lamb: {learning_rate: 0.02}}", "{lars: {learning_rate: 10}}",
    "{lion: {learning_rate: 0.003}}",
  ]

  /// What stands around a rule.
  static let around = [
    "{adam: {learning_rate: {cosine: {initial_learning_rate: 0.02}}, global_clipnorm: 1}}",
    "{sgd: {learning_rate: {one_cycle: {max_lr: 0.5}}, clipnorm: 1, momentum: 0.5}}",
    "{adam: {learning_rate: 0.01, use_ema: true, ema_momentum: 0.95, clipvalue: 1}}",
    "{adam: {learning_rate: 0.02, gradient_accumulation_steps: 2, use_ema: true, "
      + "ema_overwrite_frequency: 20}}",
    "{sgd: {learning_rate: {linear_warmup: {warmup_steps: 50, learning_rate: {reduce_on_plateau: "
      + "{initial_learning_rate: 0.3, patience: 1, min_delta: 0.05, factor: 0.5}}}}}}",
  ]

  /// The modes of an optimizer: dual averages have only those that leave a worker's weights alone.
  private static func modes(for optimizer: String) -> [String] {
    let recomputes = ["adagrad_da", "ftrl"].contains { optimizer.contains($0) }
    return recomputes ? ["hogwild", "locked", "downpour", "sync"] : modeNames
  }

  @Test(
    "An optimizer that computes the weights anew is refused where a mode changes them",
    arguments: ["adagrad_da", "ftrl"])
  func refused(_ optimizer: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let value = try Value(
        yaml: String(contentsOfFile: job.file, encoding: .utf8), file: "job.yaml")
      for mode in modeNames + ["{downpour: {pull_interval: 2}}"] {
        var changed = value
        try changed.apply(override: "training.optimizer=\(optimizer)")
        try changed.apply(override: "distribution.mode=\(mode)")
        var text = ""
        do { _ = try TrainingJob(value: changed) } catch { text = "\(error)" }
        let isKnown = Self.modes(for: optimizer).contains(mode)
        #expect(text.isEmpty == isKnown, "\(mode): \(text)")
        #expect(isKnown || text.contains("\(optimizer) computes the weights anew"), "\(text)")
      }
    }
  }

  /// Modes with less energy: a push of gem may be five times the optimizer's step, and momentum of eamsgd makes it
  /// ten times; these rates are those of the other modes.
  private static let calmer = [
    "gem": "{gem: {momentum: 0.5, kappa: 1}}", "eamsgd": "{eamsgd: {momentum: 0.5}}",
  ]

  @Test("Each optimizer learns in each mode", arguments: optimizers + around)
  func learns(_ optimizer: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let modes = Self.modes(for: optimizer)
      let runs = try job.trainAll(
        workers: 2,
        modes.map {
          [
            "training.optimizer=\(optimizer)",
            "distribution.mode=\(Self.calmer[$0] ?? $0)",
            "distribution.timeout=60",
          ]
        })
      for (mode, run) in zip(modes, runs) {
        #expect(run.result["exchange"]?.summary.hasPrefix("'\(mode)") == true, "\(run.text)")
        #expect((run.result["val_accuracy"]?.number ?? 0) > 0.9, "\(mode): \(run.text)")
      }
    }
  }

  @Test(
    "A resumed training is the whole one to the bit: state, schedule, averages and gradients",
    arguments: optimizers + around)
  func resumes(_ optimizer: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = ["training.optimizer=\(optimizer)"]
      let whole = try job.train(workers: 0, settings)
      try FileManager.default.removeItem(atPath: job.model)
      // 94 steps an epoch: one stop inside an epoch, at an odd number of gradients, in the fourth.
      _ = try job.train(
        workers: 0, settings, fault: "rank=0,step=333,kind=signal", expecting: 75)
      let resumed = try job.train(workers: 0, settings)
      #expect(resumed.text.contains("resuming"))
      #expect(resumed.hash == whole.hash)
    }
  }

  @Test("The model has the averages at the end, and other weights without them")
  func averages() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      func parameters(_ options: String) throws -> [Double] {
        try job.train(
          workers: 0,
          ["training.optimizer={sgd: {learning_rate: 0.1\(options)}}", "training.epochs=1"]
        ).parameters
      }
      let plain = try parameters("")
      // With a momentum of 0 the average is the last weights: the same training, to the bit.
      #expect(try parameters(", use_ema: true, ema_momentum: 0") == plain)
      #expect(try parameters(", use_ema: true, ema_momentum: 0.9") != plain)
    }
  }

  @Test("Two accumulated batches make the step of one batch of twice the size")
  func accumulation() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      func parameters(_ batch: Int, _ options: String) throws -> [Double] {
        try job.train(
          workers: 0,
          [
            "training.optimizer={sgd: {learning_rate: 0.5\(options)}}",
            "training.batch_size=\(batch)", "training.epochs=2",
          ]
        ).parameters
      }
      // 3000 rows: every batch is whole.
      let large = try parameters(300, "")
      let small = try parameters(150, ", gradient_accumulation_steps: 2")
      // Sums in another order: float rounding.
      #expect(zip(large, small).allSatisfy { abs($0 - $1) < 1e-4 })
      #expect(try parameters(150, "").first != small.first)
    }
  }

  @Test("A schedule over the whole training ends with it")
  func wholeTraining() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      // 3000 rows in batches of 32: 94 steps an epoch, one worker or two, whose shares have 47 each.
      for workers in [0, 2] {
        func parameters(_ options: String) throws -> [Double] {
          try job.train(
            workers: workers,
            [
              "training.optimizer={sgd: {learning_rate: {polynomial_decay: "
                + "{initial_learning_rate: 0.1, end_learning_rate: 0\(options)}}}}",
              "training.epochs=2", "distribution.mode=sync",
            ]
          ).parameters
        }
        let steps = workers == 0 ? 188 : 94
        #expect(try parameters("") == parameters(", decay_steps: \(steps)"))
        #expect(try parameters("") != parameters(", decay_steps: \(steps + 5)"))
      }
    }
  }

  @Test("use_locking trains in mode locked, and is refused beside hogwild")
  func locking() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = ["training.optimizer={adam: {use_locking: true}}"]
      let run = try job.train(workers: 1, settings)
      #expect(run.result["exchange"] == "locked", "\(run.text)")
      let refused = try job.run(workers: 0, settings + ["distribution.mode=hogwild"])
      #expect(refused.status != 0)
      #expect(refused.errors.contains("use_locking"), "\(refused.errors)")
    }
  }

  @Test("A schedule that follows what is not measured is refused, with what is")
  func monitor() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.run(
        workers: 0,
        [
          "training.optimizer={sgd: {learning_rate: {reduce_on_plateau: "
            + "{initial_learning_rate: 0.1, monitor: val_acc}}}}"
        ])
      #expect(run.status != 0)
      #expect(run.errors.contains("val_accuracy"), "\(run.errors)")
    }
  }

  @Test("A plateau makes the rate smaller")
  func plateau() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      func parameters(_ rate: String) throws -> [Double] {
        try job.train(
          workers: 1, ["training.optimizer={sgd: {learning_rate: \(rate)}}", "training.epochs=3"]
        ).parameters
      }
      func plateau(_ options: String) -> String {
        "{reduce_on_plateau: {initial_learning_rate: 0.1, \(options)}}"
      }
      let constant = try parameters("0.1")
      #expect(try parameters(plateau("patience: 5")) == constant)
      // No epoch is better by 100: from the third epoch on the rate is a tenth.
      #expect(try parameters(plateau("patience: 1, min_delta: 100")) != constant)
    }
  }
}
