internal import Configuration
internal import HDF5
package import NN
package import Pipeline

/// Everything that an interrupted training needs to go on, in one file that is also a model file.
package struct Checkpoint {
  /// The epoch that runs or comes next, from 1.
  package let epoch: Int
  /// What is left of that epoch; nil when it has not begun.
  let rest: EpochPlan?
  /// The metrics' sums of the part of the epoch that is done.
  let sums: [Double]
  /// Seconds spent on that part.
  let seconds: Double
  /// The parameters, the optimizer's state and the number of updates.
  package let snapshot: ParameterSnapshot
  /// The epochs that are done.
  let history: [EpochRecord]
  /// Rows of a whole epoch.
  let rowCount: Int
  /// The weights of the best epoch, where they are kept.
  package let best: BestTracker.Kept?

  /// Numbers of a checkpoint that may be left in the file by who has no use for them.
  ///
  /// They are as many as the network has, or several times as many, while all else is small.
  package struct Numbers: OptionSet {
    package let rawValue: Int
    /// The parameters.
    package static let parameters = Numbers(rawValue: 1)
    /// The optimizer's state.
    package static let state = Numbers(rawValue: 2)
    /// What the workers had for themselves.
    package static let own = Numbers(rawValue: 4)
    /// The weights of the best epoch.
    package static let best = Numbers(rawValue: 8)
    /// All of them.
    package static let all: Numbers = [.parameters, .state, .own, .best]

    /// Makes a set of these.
    package init(rawValue: Int) { self.rawValue = rawValue }
  }

  static let groupName = "checkpoint"
  /// 2: with a checksum behind the file's end (`FileSeal`), and epochs that draw rows or deal them anew.
  static let formatVersion = 2

  init(
    epoch: Int, rest: EpochPlan?, sums: [Double], seconds: Double, snapshot: ParameterSnapshot,
    history: [EpochRecord], rowCount: Int, best: BestTracker.Kept?
  ) {
    self.best = best
    self.rowCount = rowCount
    self.epoch = epoch
    self.rest = rest
    self.sums = sums
    self.seconds = seconds
    self.snapshot = snapshot
    self.history = history
  }

  /// Makes the checkpoint the job's newest one, whole or not at all.
  ///
  /// Without `keepsEarlier` those that are there are another run's, and are replaced.
  func write(_ setup: TrainingSetup, keepsEarlier: Bool) throws {
    try CheckpointFiles(setup.job.output).add(keepsEarlier: keepsEarlier) { temporary in
      try write(setup, to: temporary)
    }
  }

  private func write(_ setup: TrainingSetup, to path: String) throws {
    try TrainingRecord(
      job: setup.job, jobText: setup.jobText, pipeline: setup.pipeline, history: history
    ).write(path, network: setup.network, parameters: snapshot.parameters) { sounder in
      let group = try sounder.createGroup(Self.groupName)
      try group.writeAttribute("format_version", Self.formatVersion)
      try group.writeAttribute("identity", setup.identity)
      try group.writeAttribute("epoch", Int64(epoch))
      try group.writeAttribute("seconds", seconds)
      try group.writeAttribute("update_count", Int64(snapshot.updateCount))
      try group.writeAttribute("row_count", Int64(rowCount))
      func dataset<E: Element>(_ name: String, _ values: [E]) throws {
        try group.createDataset(name, shape: [values.count], of: E.self).write(values)
      }
      try dataset("optimizer_state", snapshot.state)
      if let own = snapshot.own {
        try group.writeAttribute("exchange_layout", own.layout)
        try dataset("exchange_state", own.numbers)
        try dataset("exchange_counters", own.counters.map { Int64($0) })
        if !own.leftOut.isEmpty { try dataset("exchange_left_out", own.leftOut) }
      }
      try dataset("metric_sums", sums)
      try dataset("epoch_rest", (rest?.numbers ?? []).map(Int64.init))
      if let best {
        try group.writeAttribute("best_rule", best.signature)
        try group.writeAttribute("best_epoch", Int64(best.epoch))
        try group.writeAttribute("best_value", best.value)
        try dataset("best_parameters", best.parameters)
      }
    }
  }

  /// The pipeline that the interrupted run fitted.
  package static func pipeline(in path: String) throws -> FittedPipeline {
    try readable(path) { try FittedPipeline(from: try open(path).group("pipeline")) }
  }

  /// The group `/sounder` of a checkpoint.
  ///
  /// - Throws: `HDF5Error`, or `DistributedError` for a sound file that is something else.
  static func open(_ path: String) throws -> Group {
    let root = try File(opening: path).root()
    // A name that leads nowhere is damage: HDF5 calls what stands behind it missing.
    guard root.kind(of: TrainingRecord.groupName) != .other else {
      throw HDF5Error(
        .damaged, path: path, object: "/\(TrainingRecord.groupName)", "cannot be opened")
    }
    guard root.contains("\(TrainingRecord.groupName)/\(groupName)") else {
      throw DistributedError(
        "output.checkpoint \(path) is there and is no checkpoint of sounder: remove it, or choose "
          + "another name")
    }
    return try root.group(TrainingRecord.groupName)
  }

  /// What a library says of a damaged file, with what to do about a checkpoint.
  static func readable<Result>(
    _ path: String, _ body: () throws -> Result
  ) throws -> Result {
    do { return try body() } catch let error as DistributedError { throw error } catch {
      throw DistributedError(
        "the checkpoint \(path) cannot be read (\(error)): remove it, or choose another "
          + "output.checkpoint")
    }
  }

  /// Reads the checkpoint at `path`, which must be of the same job and as many training rows, with those of its
  /// `numbers` that are wanted; the others are empty.
  ///
  /// Without an identity the job may differ, but not the network and the rows: a state of another
  /// optimizer begins at zero, and an unfinished epoch of another order of rows begins anew.
  /// - Throws: what to do when the file is damaged, of a later format, or of another job.
  package init(
    reading path: String, identity expected: String?, network: Network, job: TrainingJob,
    shuffle: Shuffle, numbers: Numbers = .all
  ) throws {
    let rowCount = shuffle.rowCount
    let stored = try Self.readable(path) {
      try Checkpoint(path, try Self.open(path), identity: expected, numbers: numbers)
    }
    let parameterCount = numbers.contains(.parameters) ? network.parameterCount : 0
    let bestCount = numbers.contains(.best) ? network.parameterCount : 0
    let stateCount =
      numbers.contains(.state) ? network.trainedCount * job.training.optimizer.slotCount : 0
    self =
      expected == nil
      ? stored.adopted(
        stateCount: stateCount,
        keepsState: try Self.readable(path) {
          try Self.stateLayout(in: path) == job.training.optimizer.stateLayout
        }, shuffle) : stored
    guard snapshot.parameters.count == parameterCount, snapshot.state.count == stateCount,
      best.map({ $0.parameters.count == bestCount }) ?? true
    else { throw Self.damaged(path) }
    guard self.rowCount == rowCount, (rest?.shuffle.rowCount ?? rowCount) == rowCount else {
      throw DistributedError(
        "\(path) was trained on \(self.rowCount) rows, and data.train now has \(rowCount): bring "
          + "the data back, or train anew with --fresh")
    }
    let epochs = job.training.epochCount
    guard epoch <= epochs || (epoch == epochs + 1 && rest == nil) else {
      throw DistributedError(
        "\(path) has trained into epoch \(epoch), and training.epochs is \(epochs): ask for more "
          + "epochs, or train anew with --fresh")
    }
  }

  /// The same for a job with other options.
  private func adopted(stateCount: Int, keepsState: Bool, _ shuffle: Shuffle) -> Checkpoint {
    let goesOn = rest?.shuffle == shuffle
    return Checkpoint(
      epoch: epoch, rest: goesOn ? rest : nil, sums: goesOn ? sums : [],
      seconds: goesOn ? seconds : 0,
      snapshot: ParameterSnapshot(
        parameters: snapshot.parameters,
        state: keepsState && snapshot.state.count == stateCount
          ? snapshot.state : [Float](repeating: 0, count: stateCount),
        updateCount: snapshot.updateCount),
      history: history, rowCount: rowCount, best: best)
  }

  init(
    _ path: String, _ sounder: borrowing Group, identity expected: String?, numbers: Numbers = .all
  ) throws {
    let group = try sounder.group(Self.groupName)
    let version = try group.intAttribute("format_version")
    guard version <= Self.formatVersion else {
      throw DistributedError(
        "\(path) has checkpoint format \(version), this sounder reads up to "
          + "\(Self.formatVersion): resume with the version that wrote it, or train anew with --fresh"
      )
    }
    let identity = try group.stringAttribute("identity")
    if let expected, identity != expected {
      throw DistributedError(
        "\(path) belongs to another job (\(Self.difference(identity, expected)) differs): "
          + "remove it, give output.checkpoint another name, or train anew with --fresh")
    }
    epoch = try group.intAttribute("epoch")
    seconds = try group.numberAttribute("seconds")
    rowCount = try group.intAttribute("row_count")
    sums = try group.dataset("metric_sums").readAll(as: Double.self)
    let plan = try group.dataset("epoch_rest").readAll(as: Int64.self).map { Int($0) }
    rest = plan.isEmpty ? nil : EpochPlan(numbers: plan)
    snapshot = ParameterSnapshot(
      parameters: numbers.contains(.parameters)
        ? try ModelFile.read(from: try File(opening: path)).1 : [],
      state: numbers.contains(.state)
        ? try group.dataset("optimizer_state").readAll(as: Float.self) : [],
      updateCount: try group.intAttribute("update_count"),
      own: numbers.contains(.own) ? try Self.own(in: group) : nil)
    history = try TrainingRecord.readHistory(from: sounder)
    best = try Self.best(in: group, withParameters: numbers.contains(.best))
    guard (1...TrainingConfiguration.mostEpochs + 1).contains(epoch), seconds.isFinite,
      rowCount > 0, best.map({ (1..<epoch).contains($0.epoch) }) ?? true,
      (0...1 << 53).contains(snapshot.updateCount),
      plan.isEmpty || rest?.epoch == epoch
    else { throw Self.damaged(path) }
  }

  /// The weights of the best epoch that the checkpoint at `path` keeps; nil when it keeps none.
  static func best(in path: String) throws -> BestTracker.Kept? {
    try best(in: try open(path).group(groupName), withParameters: true)
  }

  private static func best(
    in group: borrowing Group, withParameters: Bool
  ) throws -> BestTracker.Kept? {
    guard group.hasAttribute("best_rule") else { return nil }
    return BestTracker.Kept(
      signature: try group.stringAttribute("best_rule"),
      epoch: try group.intAttribute("best_epoch"),
      value: try group.numberAttribute("best_value"),
      parameters: withParameters
        ? try group.dataset("best_parameters").readAll(as: Float.self) : [])
  }

  /// What the workers had for themselves; nil when nothing was kept.
  private static func own(in group: borrowing Group) throws -> ParameterSnapshot.OwnState? {
    guard group.hasAttribute("exchange_layout") else { return nil }
    return ParameterSnapshot.OwnState(
      layout: try group.stringAttribute("exchange_layout"),
      numbers: try group.dataset("exchange_state").readAll(as: Float.self),
      counters: try group.dataset("exchange_counters").readAll(as: Int64.self).map { Int($0) },
      leftOut: group.contains("exchange_left_out")
        ? try group.dataset("exchange_left_out").readAll(as: Float.self) : [])
  }

  /// What the stored optimizer's state means; nil when the optimizer cannot be read.
  private static func stateLayout(in path: String) throws -> String? {
    let identity = try open(path).group(groupName).stringAttribute("identity")
    guard let stored = try Value(json: identity)["training.optimizer"] else { return nil }
    return try? OptimizerRegistry.optimizer(stored, at: []).stateLayout
  }

  private static func damaged(_ path: String) -> DistributedError {
    DistributedError("the checkpoint \(path) is damaged: remove it, or train anew with --fresh")
  }

  /// The settings in which two identities differ.
  private static func difference(_ a: String, _ b: String) -> String {
    guard let a = try? Value(json: a), let b = try? Value(json: b), case .map(let old) = a.kind,
      case .map(let new) = b.kind
    else { return "the settings" }
    // A setting that one of them leaves out differs, too.
    let keys = new.map(\.key)
    let names = (keys + old.map(\.key).filter { !keys.contains($0) }).filter { a[$0] != b[$0] }
    return names.isEmpty ? "the settings" : names.joined(separator: ", ")
  }

  /// What rank 0 says when a run resumes.
  func summary(_ setup: TrainingSetup) -> String {
    let place =
      rest.map { "epoch \(epoch), \($0.wholeCount - $0.count) of its rows done" }
      ?? "the start of epoch \(epoch)"
    return "resuming from \(setup.job.output.checkpoint): \(place), \(snapshot.updateCount) updates"
  }
}

extension TrainingJob {
  /// The settings that decide what a checkpoint means.
  ///
  /// Epochs, ranks, mode and file names of outputs may change between a run and its resumption;
  /// these may not.
  func identity(network: Network) throws -> String {
    var settings: [Value.Entry] = [
      .init("data.train", data.train.value), .init("pipeline", pipeline.value),
      .init("network", try network.kerasModelConfig()), .init("training.loss", training.lossValue),
      .init("training.optimizer", training.optimizer.namedValue),
      .init("training.batch_size", training.batchSizeValue),
      .init("training.metrics", training.metricsValue),
      .init("training.seed", Value(.int(Int(training.seed)))),
    ]
    // What an epoch is may not change in a training that counts epochs; how rows are dealt may, as the
    // number of ranks may.
    if let steps = training.stepsPerEpoch {
      settings.append(.init("training.steps_per_epoch", Value(.int(steps))))
    }
    // Another file of weights under the same name would be another network.
    if network.frozenCount > 0 {
      var sum = CRC64()
      network.frozen.withUnsafeBytes { sum.add($0) }
      settings.append(.init("network.frozen", Value(.string(String(sum.value, radix: 16)))))
    }
    if !training.classWeights.isEmpty {
      settings.append(.init("training.class_weight", training.classWeightValue))
    }
    if !training.lossWeights.isEmpty {
      settings.append(.init("training.loss_weights", training.lossWeightsValue))
    }
    // Another split would validate with rows that were trained on.
    var splitSeed: UInt64?
    switch data.validation {
    case .fraction(let fraction, let seed):
      settings.append(.init("data.validation.fraction", Value(.number(fraction))))
      splitSeed = seed
    case .fold(let fold, let count, let seed):
      settings.append(.init("data.validation.fold", Value(.int(fold))))
      settings.append(.init("data.validation.folds", Value(.int(count))))
      splitSeed = seed
    case .source, nil: break
    }
    if let splitSeed {
      settings.append(.init("data.validation.seed", Value(.int(Int(splitSeed)))))
    }
    for entry in data.split.entries {
      settings.append(.init("data.validation.\(entry.key)", entry.value))
    }
    return Value(.map(settings)).json
  }
}
