import Configuration
import NN
import Testing

/// Numbers of Keras 3 and PyTorch's formula, written by Tests/Reference/optimizers.py.
@Suite("Schedules")
struct OptimizerScheduleTests {
  private func rate(_ text: String) throws -> LearningRate {
    var options = try Options(try yaml("learning_rate: {\(text)}"))
    return try LearningRate(options: &options, default: 1)
  }

  // Keras computes with float32 where the steps are float32: 6e-8 of the step's fraction, times pi
  // and the slope; 2e-6 of the largest rate.
  @Test("The rate of each step is that of Keras", arguments: OptimizerNumbers.schedules)
  func rates(_ text: String, _ expected: [Double]) throws {
    let rate = try rate(text)
    for (step, number) in expected.enumerated() {
      let found = rate.rate(at: step, of: 60)
      #expect(abs(found - number) <= 2e-6 * max(rate.base, 0.1), "\(text): \(found) at \(step)")
    }
  }

  @Test("Every schedule of the registry has reference numbers", arguments: ScheduleRegistry.all)
  func registry(_ type: any Schedule.Type) {
    let texts =
      OptimizerNumbers.schedules.map(\.0)
      + OptimizerNumbers.plateaus.map { "reduce_on_plateau: {\($0.0)}" }
    #expect(texts.count { $0.hasPrefix(type.name + ":") } >= 2, "add \(type.name) to optimizers.py")
  }

  @Test("A plateau's rate is that of Keras' callback", arguments: OptimizerNumbers.plateaus)
  func plateau(_ text: String, _ expected: [Double]) throws {
    var rate = try rate("reduce_on_plateau: {\(text)}")
    #expect(rate.monitor == (text.contains("val_accuracy") ? "val_accuracy" : "val_loss"))
    for (epoch, number) in expected.enumerated() {
      // All figures up to now: what a resumed training tells, too.
      rate.observe(Array(OptimizerNumbers.figures.prefix(epoch + 1)))
      #expect(abs(rate.rate(at: 5, of: 60) - number) < 1e-7, "\(text): epoch \(epoch)")
    }
    rate.observe([])
    #expect(rate.rate(at: 5, of: 60) == 0.1)
  }

  @Test("A warm-up before a plateau passes on what it is told")
  func nested() throws {
    var rate = try rate(
      "linear_warmup: {warmup_steps: 4, learning_rate: {reduce_on_plateau: "
        + "{initial_learning_rate: 0.1, patience: 1}}}")
    #expect(rate.monitor == "val_loss")
    rate.observe([1, 1])
    #expect(abs(rate.rate(at: 4, of: 0) - 0.01) < 1e-12)
    #expect(abs(rate.rate(at: 2, of: 0) - 0.005) < 1e-12)
  }

  @Test(
    "Options written out read back the same",
    arguments: OptimizerNumbers.schedules.map(\.0)
      + OptimizerNumbers.plateaus.map { "reduce_on_plateau: {\($0.0)}" })
  func roundTrip(_ text: String) throws {
    let rate = try rate(text)
    var options = try Options(["learning_rate": rate.value])
    let again = try LearningRate(options: &options, default: 1)
    #expect(again.value == rate.value)
    #expect(again.base == rate.base)
  }

  @Test(
    "A wrong schedule is an error with its key",
    arguments: [
      ("cosin: {initial_learning_rate: 1}", "unknown schedule 'cosin': did you mean 'cosine'?"),
      ("cosine: {}", "the key 'initial_learning_rate' is missing"),
      ("cosine: {initial_learning_rate: 0}", "0.0 must be greater than 0"),
      ("cosine: {initial_learning_rate: 1, decay_steps: 0}", "decay_steps: 0 is outside"),
      ("cosine: {initial_learning_rate: 1, warmup_steps: 3}", "needs a warmup_target"),
      ("cosine: {initial_learning_rate: 1, warmup_target: 3}", "needs warmup_steps above 0"),
      ("cosine: {initial_learning_rate: 1, alfa: 3}", "did you mean 'alpha'?"),
      ("exponential_decay: {initial_learning_rate: 1}", "'decay_rate' is missing"),
      ("piecewise_constant_decay: {boundaries: [3, 2], values: [1, 2, 3]}", "in growing order"),
      ("piecewise_constant_decay: {boundaries: [3], values: [1]}", "1 rates for 1 boundaries"),
      ("piecewise_constant_decay: {boundaries: [3], values: [1, 0]}", "expected rates above 0"),
      ("one_cycle: {}", "'max_lr' is missing"),
      ("one_cycle: {max_lr: 1, anneal_strategy: sine}", "unknown value 'sine'"),
      ("one_cycle: {max_lr: 1, three_phase: true, pct_start: 0.6}", "0.6 is above 0.5"),
      ("linear_warmup: {warmup_steps: 3}", "'learning_rate' is missing"),
      (
        "reduce_on_plateau: {initial_learning_rate: 1, factor: 1}",
        "greater than 0 and less"
      ),
    ])
  func errors(_ text: String, _ expected: String) throws {
    do {
      _ = try rate(text)
      Issue.record("no error for \(text)")
    } catch { #expect("\(error)".contains(expected), "\(error)") }
  }
}
