public import Configuration

/// What every optimizer has: the options of Keras' `BaseOptimizer`, and what training tells it.
public struct CommonOptions: Sendable {
  /// `learning_rate`: a number or a schedule.
  public var learningRate: LearningRate
  /// `weight_decay`: the fraction of each parameter that a step of size 1 takes away; nil: not an
  /// option of this optimizer.
  public var weightDecay: Double?
  /// `clipvalue`, `clipnorm` or `global_clipnorm`.
  public var clipping: Clipping?
  /// `use_ema`, `ema_momentum`, `ema_overwrite_frequency`.
  public var average: WeightAverage?
  /// `gradient_accumulation_steps`: the gradients whose mean makes one update; 1: each its own.
  public var accumulationStepCount = 1
  /// `use_locking: true` of TensorFlow 1: updates must not overlap.
  ///
  /// A job with it trains in mode `locked`, see `TrainingJob`.
  public var usesLocking = false
  /// The trained arrays' places, for what needs an array's norm; none: all is one array.
  public private(set) var arrays: [Range<Int>] = []
  /// The steps of the whole training, for schedules that end with it; 0: not known.
  public private(set) var stepCount = 0

  /// The options of an optimizer that is made in code.
  public init(learningRate: Double, weightDecay: Double? = nil) {
    self.learningRate = LearningRate(learningRate)
    self.weightDecay = weightDecay
  }

  /// Reads the keys.
  ///
  /// `learningRate` and `weightDecay` are the optimizer's defaults; no `weightDecay`: no such key.
  public init(
    options: inout Options, learningRate: Double, weightDecay: Double? = nil
  ) throws(ConfigurationError) {
    self.learningRate = try LearningRate(options: &options, default: learningRate)
    if let weightDecay {
      self.weightDecay = try options.number("weight_decay", default: weightDecay, in: 0...1e6)
    }
    clipping = try Clipping(options: &options)
    average = try WeightAverage(options: &options)
    if options.value("gradient_accumulation_steps") != nil {
      accumulationStepCount = try options.int(
        "gradient_accumulation_steps", in: 2...1_000_000)
    }
    usesLocking = try options.bool("use_locking", default: false)
  }

  /// The state floats that this takes of one parameter.
  public var slotCount: Int { (accumulationStepCount > 1 ? 1 : 0) + (average == nil ? 0 : 1) }

  /// The options behind those of the rule; what is switched off is left out.
  var entries: [Value.Entry] {
    (weightDecay.map { [.init("weight_decay", Value(.number($0)))] } ?? []) + shared
      + (usesLocking ? [.init("use_locking", true)] : [])
  }

  /// The same for Keras, which has no locks.
  var kerasEntries: [Value.Entry] {
    let decay = weightDecay ?? 0
    return (decay > 0 ? [.init("weight_decay", Value(.number(decay)))] : []) + shared
  }

  private var shared: [Value.Entry] {
    (clipping?.entries ?? []) + (average?.entries ?? [])
      + (accumulationStepCount > 1
        ? [.init("gradient_accumulation_steps", Value(.int(accumulationStepCount)))] : [])
  }
}

extension CommonOptions {
  /// Throws for a schedule: some rules compute the parameters anew from all gradients, and a
  /// learning rate that falls would take them to 0.
  func requireConstantRate(_ options: Options) throws(ConfigurationError) {
    guard learningRate.schedule != nil else { return }
    throw options.error(
      "needs a number: this optimizer computes the parameters anew from all gradients, so a "
        + "schedule would scale them all", "learning_rate")
  }

  /// The learning rate of the update behind `index` others, and what it takes of each parameter.
  func rates(at index: Int) -> (rate: Double, decay: Double) {
    let rate = learningRate.rate(at: index, of: stepCount)
    return (rate, rate * (weightDecay ?? 0))
  }

  /// Tells the arrays' places in the parameters, in order and without gaps, and the steps of the
  /// whole training.
  public mutating func prepare(arrays: [Range<Int>], stepCount: Int) {
    self.arrays = arrays
    self.stepCount = stepCount
  }
}

extension Network {
  /// The trained arrays' places in the flat parameter buffer, in order and without gaps.
  public var parameterRanges: [Range<Int>] {
    layers.filter { $0.sharing == nil }
      .flatMap { $0.parameters.filter(\.isTrained).map(\.range) }
  }
}
