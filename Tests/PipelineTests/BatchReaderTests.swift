import HDF5
import Pipeline
import Testing

@Suite("Reading of batches")
struct BatchReaderTests {
  /// Row r has the features 3 r, 3 r + 1, 3 r + 2 (modulo 251 for bytes) and the target r.
  static func source(_ rowCount: Int, bytes: Bool = false, chunk: Int? = nil) -> MemorySource {
    MemorySource(
      features: (0..<3 * rowCount).map { Float(bytes ? $0 % 251 : $0) }, featureShape: [3],
      targets: (0..<rowCount).map { Float($0) }, targetShape: [], bytes: bytes, chunk: chunk)
  }

  static func pipeline(_ stages: [any Transformer] = []) -> FittedPipeline {
    FittedPipeline(
      features: FittedStages(inputShape: [3], stages: stages), target: FittedStages(inputShape: []))
  }

  static func reader(
    _ source: MemorySource, rows: RowSet? = nil, memory: Int, classCount: Int? = nil,
    pipeline: FittedPipeline = pipeline()
  ) throws -> BatchReader {
    try BatchReader(
      { source }, rows: rows, pipeline: pipeline, classCount: classCount, memoryByteCount: memory,
      batchRowCount: 8)
  }

  /// All rows until the end, as (target, features).
  static func drain(
    _ reader: BatchReader, batch: Int = 8, limit: Int = .max
  ) throws -> [(target: Float, features: [Float])] {
    var rows: [(target: Float, features: [Float])] = []
    var features = [Float](repeating: -1, count: 8 * 3)
    var targets = [Float](repeating: -1, count: 8)
    while rows.count < limit {
      let count = try features.withUnsafeMutableBufferPointer { x in
        try targets.withUnsafeMutableBufferPointer { y in
          try reader.next(into: x, targets: y, count: min(batch, limit - rows.count))
        }
      }
      if count == 0 { break }
      for row in 0..<count { rows.append((targets[row], Array(features[3 * row..<3 * row + 3]))) }
      if count < batch { break }
    }
    return rows
  }

  @Test(
    "every row comes once and whole, whatever the memory, in the order of the stream",
    arguments: [1, 64, 256, 1000, 1 << 20], [false, true])
  func complete(memory: Int, bytes: Bool) throws {
    let source = Self.source(101, bytes: bytes, chunk: 4)
    let reader = try Self.reader(source, memory: memory)
    // With rows that are dealt anew, too: the window in memory is another one then.
    for (epoch, dealEpochCount) in [(0, 0), (1, 0), (2, 0), (1, 1), (2, 1), (3, 1), (4, 3), (5, 3)]
    {
      let shuffle = Shuffle(
        reader.shuffle(seed: 1), dealEpochCount: dealEpochCount, draw: nil)
      for worker in 0..<2 {
        let plan = EpochPlan(shuffle: shuffle, epoch: epoch, worker: worker, of: 2)
        reader.start(plan)
        let rows = try Self.drain(reader)
        let stream = shuffle.stream(epoch: epoch, worker: worker, of: 2)
        #expect(rows.map { Int($0.target) } == (0..<stream.count).map { stream.position(at: $0) })
        for row in rows {
          let expected = (0..<3).map { source.features[3 * Int(row.target) + $0] }
          #expect(row.features == expected)
        }
      }
    }
  }

  @Test(
    "batches that are drawn come whole, lap after lap, whatever the memory",
    arguments: [1, 200, 1 << 20])
  func drawn(memory: Int) throws {
    let reader = try Self.reader(Self.source(101, chunk: 4), memory: memory)
    let shuffle = Shuffle(
      reader.shuffle(seed: 1), dealEpochCount: 1, draw: Draw(stepCount: 30, batchRowCount: 8))
    for epoch in 1...3 {
      let plan = EpochPlan(shuffle: shuffle, epoch: epoch, worker: 1, of: 2)
      var expected: [Int] = []
      plan.forEachStream { stream, places in
        expected += places.map { stream.position(at: $0) }
      }
      reader.start(plan)
      let rows = try Self.drain(reader)
      #expect(rows.map { Int($0.target) } == expected)
      #expect(rows.count == 240)
      #expect(rows.allSatisfy { $0.features[2] == 3 * $0.target + 2 })
    }
  }

  @Test("an interrupted epoch goes on where it was, on other numbers of workers too")
  func resumed() throws {
    let reader = try Self.reader(Self.source(101, chunk: 4), memory: 200)
    let shuffle = reader.shuffle(seed: 5)
    var seen: [Int] = []
    for worker in 0..<3 {
      reader.start(EpochPlan(shuffle: shuffle, epoch: 2, worker: worker, of: 3))
      seen += try Self.drain(reader, limit: 7 * worker).map { Int($0.target) }
      reader.finish()
    }
    for worker in 0..<2 {
      reader.start(
        EpochPlan.resumed(
          shuffle: shuffle, epoch: 2, visited: [0, 7, 14], worker: worker, of: 2))
      seen += try Self.drain(reader).map { Int($0.target) }
    }
    #expect(seen.sorted() == Array(0..<101))
  }

  @Test("a holdout is read from where it stands in the file, in order", arguments: [64, 1 << 20])
  func holdout(memory: Int) throws {
    let source = Self.source(200, chunk: 2)
    let split = try Holdout(fraction: 0.25, of: 200, blockRowCount: 2, seed: 3)
    let reader = try Self.reader(source, rows: split.validation, memory: memory)
    for _ in 0..<2 {
      reader.start(positions: 0..<split.validation.count)
      let rows = try Self.drain(reader)
      #expect(rows.map { Int($0.target) } == split.validation.runs.flatMap { Array($0) })
      #expect(rows.allSatisfy { $0.features[0] == 3 * $0.target })
    }
    reader.start(positions: 3..<7)
    #expect(try Self.drain(reader).count == 4)
    reader.start(positions: 5..<5)
    #expect(try Self.drain(reader).isEmpty)
  }

  @Test("the pipeline is applied to bytes and to floats alike", arguments: [false, true])
  func transformed(bytes: Bool) throws {
    let stage = Standardization(
      mean: [1, 2, 3], scale: [2, 4, 8], rowCount: 9, shape: [3])
    let reader = try Self.reader(
      Self.source(50, bytes: bytes), memory: 1 << 20, pipeline: Self.pipeline([stage]))
    reader.start(positions: 0..<50)
    for row in try Self.drain(reader) {
      for column in 0..<3 {
        let expected =
          (3 * row.target + Float(column) - stage.meanAt(column)) / stage.scaleAt(column)
        #expect(abs(row.features[column] - expected) < 1e-5)
      }
    }
  }

  @Test(
    "a fault on the reading thread is thrown by next, again and again", arguments: [64, 1 << 20])
  func fault(memory: Int) throws {
    var source = Self.source(100)
    source.brokenRow = 90
    let reader = try Self.reader(source, memory: memory)
    reader.start(positions: 0..<100)
    for _ in 0..<2 {
      let error = #expect(throws: PipelineError.self) { try Self.drain(reader) }
      #expect(error?.exitCode == 74)
    }
    reader.start(positions: 0..<10)
    #expect(try Self.drain(reader).count == 10)
  }

  @Test("NaN is found when it is loaded, and named")
  func notANumber() throws {
    var source = Self.source(100)
    source.features[3 * 57 + 1] = .nan
    let reader = try Self.reader(source, memory: 64)
    reader.start(EpochPlan(shuffle: reader.shuffle(seed: 1), epoch: 0, worker: 0, of: 1))
    let error = #expect(throws: PipelineError.self) { try Self.drain(reader) }
    #expect(error?.description.contains("memory: 'features': row 57, value 1 is NaN") == true)
    #expect(error?.exitCode == 65)
  }

  @Test("a label outside the classes is found when it is loaded, and named")
  func label() throws {
    let reader = try Self.reader(Self.source(11), memory: 1 << 20, classCount: 10)
    reader.start(positions: 0..<11)
    let error = #expect(throws: PipelineError.self) { try Self.drain(reader) }
    #expect(
      error?.description.contains("row 10 has the label 10, but the classes are 0 to 9") == true)
    let encoded = FittedPipeline(
      features: FittedStages(inputShape: [3]),
      target: FittedStages(
        inputShape: [], stages: [OneHotEncoding(classCount: 5, inputShape: [])]))
    let other = try Self.reader(Self.source(6), memory: 1 << 20, pipeline: encoded)
    other.start(positions: 0..<6)
    var features = [Float](repeating: 0, count: 24)
    var targets = [Float](repeating: 0, count: 40)
    let second = #expect(throws: PipelineError.self) {
      try features.withUnsafeMutableBufferPointer { x in
        try targets.withUnsafeMutableBufferPointer { y in
          try other.next(into: x, targets: y, count: 6)
        }
      }
    }
    #expect(second?.description.contains("row 5 has the label 5") == true)
  }

  @Test("a reader that is dropped in the middle ends its thread")
  func dropped() throws {
    for limit in [0, 1, 9, 60] {
      let reader = try Self.reader(Self.source(100, chunk: 1), memory: 64)
      reader.start(EpochPlan(shuffle: reader.shuffle(seed: 1), epoch: 0, worker: 0, of: 1))
      _ = try Self.drain(reader, limit: limit)
    }
  }

  @Test("rows of another shape than the pipeline's are refused")
  func shape() throws {
    let source = MemorySource(features: [1, 2, 3, 4], featureShape: [4])
    let error = #expect(throws: PipelineError.self) { try Self.reader(source, memory: 64) }
    #expect(error?.description.contains("[4]") == true)
  }
}

extension Standardization {
  fileprivate func meanAt(_ column: Int) -> Float { Float(mean[column]) }
  fileprivate func scaleAt(_ column: Int) -> Float { Float(scale[column]) }
}

extension Shuffle {
  /// The same order of rows, dealt and drawn otherwise.
  init(_ other: Shuffle, dealEpochCount: Int, draw: Draw?) {
    self.init(
      rowCount: other.rowCount, blockRowCount: other.blockRowCount,
      windowRowCount: other.windowRowCount, seed: other.seed, dealEpochCount: dealEpochCount,
      draw: draw)
  }
}
