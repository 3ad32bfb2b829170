import Configuration
import Foundation
import HDF5
import Pipeline
import Synchronization
import TestSupport
import Testing

/// What holds for every stage of a table, and scikit-learn's numbers for those that it has.
@Suite("Stages of a table")
struct TableStageTests {
  /// Each kind of stage at least once, on the table of `TableFixture`, with stages before and behind that leave
  /// numbers alone.
  static let cases: [(names: [String], stages: String)] = [
    (["select"], "select: {columns: [rooms, area]}"),
    (["drop"], "drop: {columns: [city, text, size, missing]}"),
    (["rename", "select"], "rename: {area: surface}, select: {columns: [surface]}"),
    (
      ["assemble", "select"],
      "assemble: {columns: [rooms, area], into: both}, select: {columns: [both]}"
    ),
    (
      ["cast", "select", "index"],
      "cast: {columns: [rooms], to: text}, cast: {columns: [area], to: whole}, "
        + "index: {columns: [rooms]}, select: {columns: [rooms, area]}"
    ),
    (
      ["index", "one_hot", "select"],
      "index: {columns: [city, size], unknown: keep}, one_hot: {columns: [size], drop_last: true}, "
        + "select: {columns: [size, city]}"
    ),
    (
      ["one_hot", "select"],
      "one_hot: {columns: [city, rooms], unknown: ignore}, "
        + "select: {columns: [rooms, city]}"
    ),
    (
      ["ordinal", "select"],
      "ordinal: {columns: [size], order: [small, medium, large]}, "
        + "ordinal: {columns: [city, rooms]}, select: {columns: [size, city, rooms]}"
    ),
    (
      ["target_encode", "select"],
      "target_encode: {columns: [city, size, rooms]}, "
        + "select: {columns: [city, size, rooms]}"
    ),
    (
      ["hash"],
      "hash: {columns: [city, size, area, text, rooms], buckets: 13}, "
        + "drop: {columns: [missing]}"
    ),
    (
      ["count", "select"],
      "count: {columns: [text], ngrams: 2, min_df: 2}, "
        + "select: {columns: [text]}"
    ),
    (["tf_idf", "select"], "tf_idf: {columns: [text, city]}, select: {columns: [city, text]}"),
    (
      ["sequence", "select"],
      "sequence: {columns: [text], length: 4, vocabulary: 6}, "
        + "select: {columns: [text]}"
    ),
    (
      ["expression", "select"],
      "expression: {r: area / rooms, rooms: rooms ** 2}, "
        + "select: {columns: [rooms, r]}"
    ),
    (
      ["impute", "select"],
      "impute: {columns: [missing, rooms], strategy: median, flag: true}, "
        + "select: {columns: [missing, missing_missing, rooms, rooms_missing]}"
    ),
    (
      ["impute", "select", "one_hot"],
      "impute: {columns: [city], strategy: most_frequent, flag: true}, "
        + "one_hot: {columns: [city]}, select: {columns: [city, city_missing]}"
    ),
    (
      ["standardize", "min_max", "max_abs", "robust", "clip", "scale", "select"],
      "standardize: {columns: [area, rooms]}, min_max: {columns: [area]}, max_abs: {columns: [rooms]}, "
        + "robust: {columns: [area, rooms]}, clip: {columns: [area], high: 2}, "
        + "scale: {columns: [rooms], factor: 3}, select: {columns: [area, rooms]}"
    ),
    (
      ["normalize", "bucketize", "quantile_bins", "select"],
      "normalize: {columns: [area, rooms]}, bucketize: {columns: [rooms], splits: [0.01, 0.03]}, "
        + "quantile_bins: {columns: [area], count: 3, one_hot: true, into: bins}, "
        + "select: {columns: [bins, rooms]}"
    ),
    (
      ["log", "power", "polynomial", "pca", "select"],
      "log: {columns: [rooms]}, power: {columns: [area, rooms]}, "
        + "polynomial: {columns: [area, rooms], into: p}, pca: {columns: [p], components: 2}, "
        + "select: {columns: [p]}"
    ),
  ]

  @Test("every kind of stage is among the cases of these tests")
  func registry() {
    let covered = Set(Self.cases.flatMap(\.names))
    #expect(Set(TableStageRegistry.names) == covered)
  }

  @Test(
    "what the columns say before a row is read is what comes, here and through a file",
    arguments: cases.indices)
  func shared(_ index: Int) throws {
    let stages = Self.cases[index].stages
    for variable in [false, true] {
      try TableFixture.withTable(variable: variable) { _, source in
        let configuration = try TableFixture.configuration(stages)
        let opened = try configuration.prepared(source).open()
        let schema = try #require(opened.schema)
        #expect(schema.columns.map(\.name) == ["area", "city", "rooms", "missing", "size", "text"])
        let expected = try configuration.table.output(of: schema)
        let (table, rows) = try TableFixture.fitted(stages, source)
        #expect(table.output.columns.map(\.name) == expected.columns.map(\.name))
        for (found, column) in zip(table.output.columns, expected.columns) {
          let isKnown = column.kind == .text || column.kind.width != nil
          #expect(!isKnown || found.kind == column.kind)
        }
        #expect(rows.count == 83 * table.width && table.width > 0)
        #expect(rows.contains { $0 != rows[0] })
        // The job file's form of the stages is the stages.
        let again = try Options(
          Value(.map([.init("table", try #require(configuration.value["table"]))])))
        var options = again
        #expect(try PipelineConfiguration(options: &options).value == configuration.value)
        let loaded = try Self.roundTrip(table)
        #expect(try TableFixture.rows(loaded, source).elementsEqual(rows, by: Self.isSame))
        #expect(loaded.output == table.output && loaded.needed == table.needed)
      }
    }
  }

  private static func isSame(_ a: Float, _ b: Float) -> Bool {
    a == b || a.isNaN && b.isNaN
  }

  /// The table as a model file gives it back.
  static func roundTrip(_ table: FittedTable) throws -> FittedTable {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("p.h5").path
      let pipeline = FittedPipeline(
        features: FittedStages(inputShape: [table.width]), target: FittedStages(inputShape: []),
        table: table)
      try File.replace(path) { try pipeline.write(to: try $0.root().createGroup("pipeline")) }
      let loaded = try FittedPipeline(from: try File(opening: path).group("pipeline"))
      return try #require(loaded.table)
    }
  }

  @Test("1, 2, 3 and 5 ranks fit the same stages to 1e-6", arguments: cases.indices)
  func ranks(_ index: Int) throws {
    let stages = Self.cases[index].stages
    try TableFixture.withTable { _, source in
      let (table, expected) = try TableFixture.fitted(stages, source)
      for rankCount in [1, 2, 3, 5] {
        let all = try Self.fit(stages, source, rankCount: rankCount).map(\.table)
        let first = try TableFixture.rows(all[0], source)
        #expect(all[0].output == table.output)
        #expect(close(first, expected, 2e-6), "\(rankCount) ranks")
        for other in all.dropFirst() {
          #expect(try TableFixture.rows(other, source).elementsEqual(first, by: Self.isSame))
        }
      }
    }
  }

  /// What each of several ranks fitted, each to its own rows, and in how many rounds.
  static func fit(
    _ stages: String, _ source: DataSource, rankCount: Int
  ) throws -> [(table: FittedTable, roundCount: Int)] {
    let meeting = RankFitTests.Meeting()
    let results = Mutex<[Int: Result<(FittedTable, Int), any Error>]>([:])
    let count = try source.open(columns: true).layout.rowCount
    for rank in 0..<rankCount {
      Thread.detachNewThread {
        let result = Result {
          let rows = rank * count / rankCount..<(rank + 1) * count / rankCount
          let reducer = RankFitTests.ThreadReducer(meeting, rank: rank, rankCount: rankCount)
          let table = try TableFixture.configuration(stages).fittedTable(
            to: source, rows: RowSet(runs: [rows]), reducer: reducer)
          guard let table else { throw PipelineError("no stages") }
          return (table, reducer.roundCount)
        }
        results.withLock { $0[rank] = result }
      }
    }
    while results.withLock({ $0.count }) < rankCount { Thread.sleep(forTimeInterval: 0.001) }
    return try results.withLock { $0 }.sorted { $0.key < $1.key }.map { try $0.value.get() }
  }

  @Test("stages that need no other's fit learn in one pass")
  func passes() throws {
    try TableFixture.withTable { _, source in
      // Each stage that learns takes part in one merge: passes are told apart by what they wait for.
      let (table, _) = try TableFixture.fitted(
        "index: {columns: [city]}, standardize: {columns: [area]}, "
          + "one_hot: {columns: [size]}, drop: {columns: [text]}, impute: {columns: [missing]}",
        source)
      #expect(table.width == 1 + 1 + 3 + 1 + 1)
      let cases: [(stages: String, passes: Int)] = [
        (
          "index: {columns: [city]}, standardize: {columns: [area]}, select: {columns: [city, area]}",
          1
        ),
        (
          "index: {columns: [city]}, standardize: {columns: [city, area]}, "
            + "min_max: {columns: [rooms]}, select: {columns: [city, area, rooms]}", 2
        ),
        // `one_hot` waits for nothing, though the stage before it does: who reads its column is in the second pass.
        (
          "impute: {columns: [missing]}, standardize: {columns: [missing]}, "
            + "one_hot: {columns: [city]}, standardize: {columns: [city]}, "
            + "select: {columns: [missing, city]}", 2
        ),
        // A stage is fitted as a whole: `area` waits with `missing`, unless it has a stage of its own.
        (
          "impute: {columns: [missing]}, standardize: {columns: [missing, area]}, "
            + "min_max: {columns: [area]}, select: {columns: [missing, area]}", 3
        ),
        (
          "impute: {columns: [missing]}, standardize: {columns: [missing]}, "
            + "standardize: {columns: [area]}, min_max: {columns: [area]}, "
            + "select: {columns: [missing, area]}", 2
        ),
        ("select: {columns: [rooms]}, scale: {columns: [rooms], factor: 2}", 0),
      ]
      for (stages, passes) in cases {
        let counter = CountingReducer()
        let table = try TableFixture.configuration(stages).fittedTable(
          to: source, reducer: counter)
        #expect(table != nil)
        // 83 rows are one block.
        #expect(counter.blockCount == passes, "\(stages)")
      }
    }
  }

  /// Counts the blocks of all passes.
  private final class CountingReducer: Reducer {
    private(set) var blockCount = 0
    func merge<S: MergeableFindings>(_ statistics: S) -> S { statistics }
    func goesOn() { blockCount += 1 }
  }

  // Columns are single precision: 2^-24 relatively, of sums of some terms.
  @Test(
    "stages give scikit-learn's numbers",
    arguments: [
      ("index: {columns: [city]}, select: {columns: [city]}", "index", 0.0),
      (
        "index: {columns: [city], order: alphabetical}, select: {columns: [city]}", "alphabetical",
        0
      ),
      (
        "ordinal: {columns: [size], order: [small, medium, large]}, select: {columns: [size]}",
        "ordinal", 0
      ),
      ("one_hot: {columns: [city]}, select: {columns: [city]}", "one_hot", 0),
      ("target_encode: {columns: [city]}, select: {columns: [city]}", "target_auto", 1e-6),
      (
        "target_encode: {columns: [city], smooth: 10}, select: {columns: [city]}", "target_10", 1e-6
      ),
      ("hash: {columns: [city, rooms], buckets: 8}, select: {columns: [hash]}", "hash", 0),
      ("count: {columns: [text]}, select: {columns: [text]}", "count", 0),
      (
        "count: {columns: [text], ngrams: [1, 2], min_df: 2, max_features: 12}, "
          + "select: {columns: [text]}", "pairs", 0
      ),
      (
        "count: {columns: [text], lowercase: false, min_df: 0.05}, select: {columns: [text]}",
        "case", 0
      ),
      ("tf_idf: {columns: [text]}, select: {columns: [text]}", "tf_idf", 1e-6),
      (
        "tf_idf: {columns: [text], smooth: false, norm: l1}, select: {columns: [text]}",
        "tf_idf_plain", 1e-6
      ),
      (
        "sequence: {columns: [text], length: 5, vocabulary: 8}, select: {columns: [text]}",
        "sequence", 0
      ),
      ("standardize: {columns: [area, rooms]}, select: {columns: [area, rooms]}", "scaled", 1e-6),
      ("impute: {columns: [missing]}, select: {columns: [missing]}", "imputed", 1e-6),
      (
        "expression: {ratio: area / (rooms + 1) - log1p(rooms) ** 2}, select: {columns: [ratio]}",
        "ratio", 1e-6
      ),
    ])
  func reference(stages: String, name: String, tolerance: Double) throws {
    try TableFixture.withTable { fixture, source in
      let expected = fixture.numbers(name)
      let found = try TableFixture.fitted(stages, source).rows
      #expect(found.count == expected.count && !expected.isEmpty)
      let worst = zip(found, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }.max()
      #expect((worst ?? .infinity) <= tolerance, "off by \(worst ?? .infinity)")
    }
  }
}

extension DataSource {
  /// The source with the columns of its table instead of rows of features.
  fileprivate func open(columns: Bool) throws -> any OpenedSource {
    var copy = self
    copy.tableUse = .columns
    return try copy.open()
  }
}
