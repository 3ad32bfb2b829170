import Configuration
import NN
import Pipeline
import Synchronization
import Testing

@Suite("Rows of a program as data")
struct ProgramSourceTests {
  private static let memory = MemorySource(
    features: (0..<60).map(Float.init), featureShape: [3], targets: (0..<20).map(Float.init),
    targetShape: [])

  private static func source(
    _ change: (inout RowLayout) -> Void = { _ in }
  ) -> DataSource {
    var rows = memory
    change(&rows.layout)
    return DataSource(named: "numbers") { [rows] in rows }
  }

  private static func error(_ body: () throws(PipelineError) -> Void) -> PipelineError? {
    do throws(PipelineError) {
      try body()
      return nil
    } catch { return error }
  }

  @Test("are opened, fitted to and read like those of a file")
  func reading() throws {
    let data = Self.source()
    let opened = try data.open()
    #expect(opened.layout == Self.memory.layout)
    #expect(opened.featureName == Self.memory.featureName)
    #expect(opened.columnNames.isEmpty && opened.schema == nil)
    let pipeline = try PipelineConfiguration(features: [Standardize()]).fitted(to: opened)
    let reader = try BatchReader(
      { () throws(PipelineError) in try data.open() }, pipeline: pipeline,
      memoryByteCount: 1 << 20, batchRowCount: 20)
    reader.start(positions: 0..<20)
    var features = [Float](repeating: 9, count: 60)
    var targets = [Float](repeating: 9, count: 20)
    let count = try features.withUnsafeMutableBufferPointer { x in
      try targets.withUnsafeMutableBufferPointer { y in
        try reader.next(into: x, targets: y, count: 20)
      }
    }
    #expect(count == 20 && targets == Self.memory.targets)
    // The rows of a column are 0, 3, ..., 57: their mean is 28.5, and the outer ones lie alike on both sides.
    #expect(abs(features[0] + features[57]) < 1e-5 && features[0] < -1.6)
  }

  @Test("give features alone where no target is asked for")
  func prediction() throws {
    var data = Self.source { $0.weightShape = [] }
    #expect(try data.open().layout.weightShape == [])
    data.target = nil
    let layout = try data.open().layout
    #expect(layout.targetShape == nil && layout.weightShape == nil)
    #expect(layout.featureShape == [3] && layout.rowCount == 20)
  }

  @Test("are known by their name alone in a job and in a model file")
  func naming() throws {
    let data = Self.source()
    #expect(data.value == ["source": "numbers"])
    #expect(data.file == "numbers" && data.files.isEmpty)
    var options = try Options(data.value)
    let named = try DataSource(options: &options)
    try options.finish()
    #expect(named == data && named.programName == "numbers")
    let missing = Self.error { () throws(PipelineError) in _ = try named.open() }
    #expect(missing?.exitCode == ExitCode.missingInput)
    #expect(missing?.description.contains("'numbers', rows that a program reads") == true)
    var file = named
    file.file = "x.h5"
    #expect(file.programName == nil && file.value["file"] == "x.h5")
  }

  private static let wrongNames: [(value: Value, words: String)] = [
    (["source": "numbers", "file": "x.h5", "target": "y"], "leave file, target out"),
    (["source": ""], "a name is needed"), (["source": 3], "expected a text"),
    (["source": "numbers", "sauce": 1], "sauce"),
  ]

  @Test("are named alone", arguments: wrongNames)
  func wrongName(value: Value, words: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      var options = try Options(value)
      _ = try DataSource(options: &options)
      try options.finish()
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("say of what is about files that they are none")
  func files() throws {
    let data = Self.source()
    func expect(_ words: String, _ body: () throws(PipelineError) -> Void) {
      let error = Self.error(body)
      #expect(error?.exitCode == ExitCode.data)
      let line = error?.description ?? ""
      #expect(line.contains(words) && line.contains("'numbers' are rows of numbers"), "\(line)")
    }
    let table = PipelineConfiguration(table: [Drop(["a"])])
    expect("pipeline.table works on") { () throws(PipelineError) in _ = try table.prepared(data) }
    let classes = PipelineConfiguration(targetClasses: .alphabetical)
    expect("begins with index") { () throws(PipelineError) in _ = try classes.prepared(data) }
    expect("files are needed") { () throws(PipelineError) in _ = try data.paths() }
    var windows = data
    windows.window = RowWindow(length: 2, horizon: 1)
    expect("pipeline.window joins") { () throws(PipelineError) in _ = try windows.open() }
    var texts = data
    texts.targetClasses = TextClasses(["a", "b"])
    expect("begins with index") { () throws(PipelineError) in _ = try texts.open() }
    // Where the target is not read, nothing is numbered.
    texts.target = nil
    _ = try texts.open()
    expect("--keep") { () throws(PipelineError) in
      _ = try KeptColumns(["a"], of: data, layout: Self.memory.layout)
    }
  }

  @Test("of a form that no rows can have are refused")
  func layouts() throws {
    let changes: [(String, (inout RowLayout) -> Void)] = [
      ("rowCount", { $0.rowCount = 0 }), ("rowCount", { $0.rowCount = -4 }),
      ("featureShape", { $0.featureShape = [3, 0] }),
      ("featureShape", { $0.featureShape = [1 << 62, 1 << 62] }),
      ("targetShape", { $0.targetShape = [-1] }), ("weightShape", { $0.weightShape = [0] }),
      ("chunkRowCount", { $0.chunkRowCount = 0 }), ("fileStarts", { $0.fileStarts = [0, 20] }),
      ("fileStarts", { $0.fileStarts = [2, 10] }), ("fileStarts", { $0.fileStarts = [0, 9, 9] }),
    ]
    for (key, change) in changes {
      let error = Self.error { () throws(PipelineError) in _ = try Self.source(change).open() }
      #expect(error?.description.contains("'numbers': the \(key) of its layout") == true, "\(key)")
    }
    var long = Self.source()
    long.largestRowByteCount = 12
    let error = Self.error { () throws(PipelineError) in _ = try long.open() }
    #expect(error?.description.contains("data.memory is 12") == true)
    #expect(try Self.source { $0.fileStarts = [0, 9] }.open().layout.fileStarts == [0, 9])
  }

  @Test("end the job with the program's own error, and its exit code")
  func failing() throws {
    struct Fault: ExitCoded {
      let exitCode: Int32 = 74
      let description = "the disk is away"
    }
    struct Other: Error {}
    func error(_ fault: any Error) -> PipelineError? {
      let data = DataSource(named: "numbers") { throw fault }
      return Self.error { () throws(PipelineError) in _ = try data.open() }
    }
    #expect(error(PipelineError("as it is", exitCode: 66))?.description == "as it is")
    #expect(error(Fault())?.description == "'numbers' cannot be opened: the disk is away")
    #expect(error(Fault())?.exitCode == 74 && error(Other())?.exitCode == 65)
  }

  @Test("that become others between two openings are refused before they are read")
  func changing() throws {
    final class Openings: Sendable {
      private let count = Mutex(0)
      func next() -> Int {
        count.withLock {
          $0 += 1
          return $0
        }
      }
    }
    let openings = Openings()
    let data = DataSource(named: "numbers") {
      var rows = Self.memory
      rows.layout.rowCount = openings.next() == 1 ? 20 : 19
      return rows
    }
    let pipeline = try PipelineConfiguration().fitted(to: Self.memory)
    let reader = try BatchReader(
      { () throws(PipelineError) in try data.open() }, pipeline: pipeline,
      memoryByteCount: 1 << 20, batchRowCount: 20)
    reader.start(positions: 0..<20)
    var features = [Float](repeating: 9, count: 60)
    var targets = [Float](repeating: 9, count: 20)
    let error = #expect(throws: PipelineError.self) {
      try features.withUnsafeMutableBufferPointer { x in
        try targets.withUnsafeMutableBufferPointer { y in
          try reader.next(into: x, targets: y, count: 20)
        }
      }
    }
    #expect(error?.description.contains("19 of [3], not 20 of [3]") == true)
  }

  @Test("have to be read as their layout says")
  func promises() throws {
    struct Promises: RowSource {
      var layout = RowLayout(
        rowCount: 4, featureShape: [1], targetShape: [], weightShape: [], hasByteFeatures: true)
      let featureName = "promises"
      func readFeatures(
        _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
      ) throws(PipelineError) {}
    }
    let rows = Promises()
    var numbers = [Float](repeating: 0, count: 4)
    var bytes = [UInt8](repeating: 0, count: 4)
    let errors = numbers.withUnsafeMutableBufferPointer { numbers in
      bytes.withUnsafeMutableBufferPointer { bytes in
        [
          Self.error { () throws(PipelineError) in try rows.readFeatures(0..<4, into: bytes) },
          Self.error { () throws(PipelineError) in try rows.readTargets(0..<4, into: numbers) },
          Self.error { () throws(PipelineError) in try rows.readWeights(0..<4, into: numbers) },
        ].map { $0?.description ?? "" }
      }
    }
    for (error, key) in zip(errors, ["hasByteFeatures", "targetShape", "weightShape"]) {
      #expect(error.hasPrefix("promises: its layout") && error.contains(key), "\(error)")
    }
  }
}
