import Configuration

/// Fills mini-batches with rows of a source, transformed, while a thread reads the next window.
///
/// Memory for windows is bounded: two, in turns, or one that stays for all epochs when everything
/// that is visited fits. A batch allocates nothing.
public final class BatchReader {
  /// One window and the part of it that is visited, shuffled or in order.
  private struct Visit {
    var rows: [Range<Int>]
    /// The same, to tell a row's number from its place; nil where nobody asks.
    var numbers: RowSet?
    var capacity: Int
    var order: Permutation?
    var places: Range<Int>
  }

  /// Count and form of the source's rows.
  public let layout: RowLayout
  /// The rows of the source that are read.
  public let rows: RowSet
  private let windowRowCount: Int
  private let batchRowCount: Int
  private let features: RowTransform
  private let targets: RowTransform?
  private let augmenter: RowAugmenter?
  private let prefetcher = Prefetcher()
  private var thread: ReaderThread?
  private var current: WindowBuffer?
  private var outstanding = 0
  private var visits: [Visit] = []
  private var visitIndex = 0
  private var place = 0
  private var failure: PipelineError?
  private var indices: [UInt32]

  /// Prepares to read `rows` (all, unless given) of the source that `open` opens.
  ///
  /// - Parameters:
  ///   - open: called once here, to check the source, and once on the reading thread.
  ///   - rows: the rows of the source to read.
  ///   - pipeline: what happens to each row.
  ///   - classCount: how many classes targets may be of when they are class numbers behind the
  ///     pipeline; nil when they are not.
  ///   - labels: the same for columns of the targets, where only some are class numbers.
  ///   - memoryByteCount: the most that windows may take.
  ///   - batchRowCount: the most rows that `next` is asked for.
  ///   - augment: what happens to images before the pipeline, where an epoch's plan is read.
  ///   - seed: what that is drawn by, together with the epoch and the row of the file.
  /// - Throws: `PipelineError` when the source cannot be opened or does not fit the pipeline.
  public init(
    _ open: @escaping @Sendable () throws(PipelineError) -> any RowSource, rows: RowSet? = nil,
    pipeline: FittedPipeline, classCount: Int? = nil, labels: [RowChecks.LabelColumns] = [],
    memoryByteCount: Int, batchRowCount: Int, augment: [any Augmentation] = [], seed: UInt64 = 0
  ) throws(PipelineError) {
    let source = try open()
    let layout = source.layout
    guard layout.featureShape == pipeline.features.inputShape else {
      throw PipelineError(
        "\(source.featureName) has rows of shape \(layout.featureShape), but the pipeline was "
          + "fitted to rows of shape \(pipeline.features.inputShape): name another data set")
    }
    if let shape = layout.targetShape, shape != pipeline.target.inputShape {
      throw PipelineError(
        "\(source.targetName) has rows of shape \(shape), but the pipeline was fitted to rows of "
          + "shape \(pipeline.target.inputShape): name another data set")
    }
    self.layout = layout
    self.rows = rows ?? RowSet(rowCount: layout.rowCount)
    windowRowCount = layout.windowRowCount(memoryByteCount: memoryByteCount)
    self.batchRowCount = batchRowCount
    features = RowTransform(pipeline.features, rowCount: batchRowCount)
    targets =
      layout.targetShape == nil ? nil : RowTransform(pipeline.target, rowCount: batchRowCount)
    augmenter =
      augment.isEmpty
      ? nil : try RowAugmenter(augment, shape: layout.featureShape, seed: seed)
    indices = [UInt32](repeating: 0, count: batchRowCount)
    let classes =
      pipeline.target.classCount ?? (pipeline.target.stages.isEmpty ? classCount : nil)
    let checks = RowChecks(
      classCount: classes, labels: pipeline.target.stages.isEmpty ? labels : [],
      acceptsMissingFeatures: pipeline.features.acceptsMissing,
      acceptsMissingTargets: pipeline.target.acceptsMissing)
    // Buffers have the size of these rows.
    let again: @Sendable () throws(PipelineError) -> any RowSource = { () throws(PipelineError) in
      let source = try open()
      guard source.layout == layout else {
        throw PipelineError(
          "\(source.featureName): has other rows than when it was opened first (\(source.layout.rowCount) of "
            + "\(source.layout.featureShape), not \(layout.rowCount) of \(layout.featureShape)): start again, "
            + "and leave the data alone meanwhile", exitCode: ExitCode.inputOutput)
      }
      return source
    }
    thread = try ReaderThread { [prefetcher] in prefetcher.run(again, checks: checks) }
  }

  deinit {
    prefetcher.stop()
    thread.take()?.join()
  }

  /// How the rows are dealt and shuffled when this reader's memory shall suffice.
  public func shuffle(seed: UInt64, blockRowCount: Int? = nil) -> Shuffle {
    let blockRowCount = blockRowCount ?? layout.blockRowCount
    return Shuffle(
      rowCount: rows.count, blockRowCount: blockRowCount, windowRowCount: windowRowCount,
      seed: seed,
      fileStarts: rows.blockStarts(fileStarts: layout.fileStarts, blockRowCount: blockRowCount))
  }

  /// Begins an epoch; what was left of another is dropped.
  public func start(_ plan: EpochPlan) {
    precondition(
      plan.shuffle.rowCount == rows.count,
      "a plan for \(plan.shuffle.rowCount) rows, the reader has \(rows.count)")
    var visits: [Visit] = []
    augmenter?.begin(epoch: plan.epoch)
    var last: (runs: [Range<Int>], rows: [Range<Int>], numbers: RowSet?) = ([], [], nil)
    plan.forEachStream { stream, places in
      for window in stream.windows {
        let common = window.places.clamped(to: places)
        guard !common.isEmpty else { continue }
        // The laps of a draw share one list of the file's rows.
        if window.runs != last.runs {
          let fileRows = window.runs.flatMap { rows.rows(at: $0) }
          last = (window.runs, fileRows, augmenter == nil ? nil : RowSet(runs: fileRows))
        }
        visits.append(
          Visit(
            rows: last.rows, numbers: last.numbers,
            capacity: stream.windows.count == 1 ? window.count : plan.shuffle.windowRowCount,
            order: window.order,
            places: common.lowerBound - window.start..<common.upperBound - window.start))
      }
    }
    start(visits, limit: 2 * max(windowRowCount, plan.shuffle.windowRowCount))
  }

  /// Begins to read `positions` of the rows in order.
  public func start(positions: Range<Int>) {
    let isOneWindow = positions.count <= 2 * windowRowCount
    let length = isOneWindow ? max(1, positions.count) : windowRowCount
    var visits: [Visit] = []
    for lower in stride(from: positions.lowerBound, to: positions.upperBound, by: length) {
      let window = lower..<min(lower + length, positions.upperBound)
      visits.append(
        Visit(
          rows: rows.rows(at: window), numbers: nil, capacity: length, order: nil,
          places: 0..<window.count))
    }
    start(visits, limit: 2 * windowRowCount)
  }

  /// Fills in up to `count` rows.
  ///
  /// - Parameters:
  ///   - features: at least `count` rows behind the pipeline, row-major.
  ///   - targets: likewise; left alone when the source has none.
  ///   - weights: room for the weights of `count` rows; not wanted when nil.
  ///   - count: how many rows are wanted.
  /// - Returns: how many rows were filled in, less than `count` at the end only.
  /// - Throws: `PipelineError` that the reading thread met, or for a row that cannot be transformed.
  public func next(
    into features: UnsafeMutableBufferPointer<Float>,
    targets: UnsafeMutableBufferPointer<Float>,
    weights: UnsafeMutableBufferPointer<Float>? = nil, count: Int
  ) throws(PipelineError) -> Int {
    precondition(count <= batchRowCount, "a batch of \(count) rows, prepared for \(batchRowCount)")
    precondition(features.count >= count * self.features.outputCount, "no room for features")
    precondition(
      targets.count >= count * (self.targets?.outputCount ?? 0), "no room for targets")
    precondition(
      weights.map { $0.count >= count * layout.weightCount } ?? true, "no room for weights")
    if let failure { throw failure }
    var filled = 0
    while filled < count, visitIndex < visits.count {
      if place == visits[visitIndex].places.upperBound {
        visitIndex += 1
        try enter()
        continue
      }
      if current == nil { try enter() }
      let end = min(place + count - filled, visits[visitIndex].places.upperBound)
      if let order = visits[visitIndex].order {
        for index in place..<end { indices[index - place] = UInt32(order[index]) }
      } else {
        for index in place..<end { indices[index - place] = UInt32(index) }
      }
      try gather(end - place, into: features, targets, at: filled)
      if let weights { gatherWeights(end - place, into: weights, at: filled) }
      filled += end - place
      place = end
    }
    return filled
  }

  /// Ends reading before the end of what was started; windows that stay in memory stay.
  public func finish() {
    visitIndex = visits.count
    drain()
  }

  private func start(_ new: [Visit], limit: Int) {
    drain()
    failure = nil
    visits = new
    visitIndex = 0
    place = new.first?.places.lowerBound ?? 0
    var requests: [Prefetcher.Request] = []
    var loaded = current?.rows
    if let rows = loaded, rows != new.first?.rows {
      giveBack()
      loaded = nil
    }
    for visit in new where visit.rows != loaded {
      requests.append(Prefetcher.Request(rows: visit.rows, capacity: visit.capacity))
      loaded = visit.rows
    }
    outstanding = requests.count
    prefetcher.request(requests, limit: limit)
  }

  /// Takes back all windows that are still under way.
  private func drain() {
    outstanding = prefetcher.cancel(outstanding: outstanding)
    while outstanding > 0 {
      outstanding -= 1
      if let buffer = try? prefetcher.take() { prefetcher.recycle(consume buffer) }
    }
  }

  /// Gives the current window's memory back, without a reference to it that would outlive the call.
  private func giveBack() {
    guard let buffer = current.take() else { return }
    prefetcher.recycle(consume buffer)
  }

  /// Makes the window of the present visit the current one.
  private func enter() throws(PipelineError) {
    guard visitIndex < visits.count else { return }
    place = visits[visitIndex].places.lowerBound
    if current?.rows == visits[visitIndex].rows { return }
    giveBack()
    outstanding -= 1
    do { current = try prefetcher.take() } catch {
      failure = error
      throw error
    }
  }

  private func gather(
    _ count: Int, into features: UnsafeMutableBufferPointer<Float>,
    _ targets: UnsafeMutableBufferPointer<Float>, at row: Int
  ) throws(PipelineError) {
    guard let x = features.baseAddress else { return }
    let output = x + row * self.features.outputCount
    let targetOutput = targets.baseAddress.map { $0 + row * (self.targets?.outputCount ?? 0) }
    var failure: PipelineError?
    indices.withUnsafeBufferPointer { all in
      let indices = UnsafeBufferPointer(rebasing: all.prefix(count))
      do throws(PipelineError) {
        try gather(indices, output, targetOutput)
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private func gatherWeights(
    _ count: Int, into weights: UnsafeMutableBufferPointer<Float>, at row: Int
  ) {
    let width = layout.weightCount
    guard let base = weights.baseAddress, width > 0 else { return }
    current?.weights.withUnsafeBufferPointer { floats in
      guard let start = floats.baseAddress else { return }
      for place in 0..<count {
        (base + (row + place) * width).update(
          from: start + Int(indices[place]) * width, count: width)
      }
    }
  }

  private func gather(
    _ indices: UnsafeBufferPointer<UInt32>, _ output: UnsafeMutablePointer<Float>,
    _ targetOutput: UnsafeMutablePointer<Float>?
  ) throws(PipelineError) {
    var failure: PipelineError?
    func attempt(_ body: () throws(PipelineError) -> Void) {
      do throws(PipelineError) { try body() } catch { failure = error }
    }
    if let augmenter, let numbers = visits[visitIndex].numbers {
      attempt { () throws(PipelineError) in
        try augment(augmenter, numbers, indices, output)
      }
    } else if layout.hasByteFeatures {
      current?.bytes.withUnsafeBufferPointer { bytes in
        guard let start = bytes.baseAddress else { return }
        attempt { () throws(PipelineError) in
          try features.gather(bytes: start, indices, into: output)
        }
      }
    } else {
      current?.floats.withUnsafeBufferPointer { floats in
        guard let start = floats.baseAddress else { return }
        attempt { () throws(PipelineError) in
          try features.gather(floats: start, indices, into: output)
        }
      }
    }
    if let targets, let targetOutput {
      current?.targets.withUnsafeBufferPointer { floats in
        guard let start = floats.baseAddress else { return }
        attempt { () throws(PipelineError) in
          try targets.gather(floats: start, indices, into: targetOutput)
        }
      }
    }
    if let failure { throw failure }
  }

  /// Fills in features of images that were changed on the way.
  private func augment(
    _ augmenter: RowAugmenter, _ numbers: RowSet, _ indices: UnsafeBufferPointer<UInt32>,
    _ output: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    var row = 0
    while row < indices.count {
      let end = min(row + RowAugmenter.blockRowCount, indices.count)
      let block = UnsafeBufferPointer(rebasing: indices[row..<end])
      let images: UnsafePointer<Float>? =
        if layout.hasByteFeatures {
          current?.bytes.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { augmenter.images(of: $0, block, numbers: numbers) }
          } ?? nil
        } else {
          current?.floats.withUnsafeBufferPointer { floats in
            floats.baseAddress.map { augmenter.images(of: $0, block, numbers: numbers) }
          } ?? nil
        }
      guard let images else { return }
      try features.transform(
        images, rowCount: end - row, into: output + row * features.outputCount)
      row = end
    }
  }
}

@available(*, unavailable)
extension BatchReader: Sendable {}
