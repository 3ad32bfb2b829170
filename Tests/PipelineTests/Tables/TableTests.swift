import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// What is said before a row is read, cells that cannot be used, several files, damaged models.
@Suite("Tables")
struct TableTests {
  private static func refused(
    _ stages: String, _ source: DataSource
  ) throws -> PipelineError {
    let error = #expect(throws: PipelineError.self, "\(stages)") {
      try TableFixture.configuration(stages).fittedTable(to: source)
    }
    return try #require(error)
  }

  @Test("columns that stages do not fit are told before a row is read, with the nearest name")
  func refusedColumns() throws {
    try TableFixture.withTable { _, source in
      for (stages, words) in [
        ("standardize: {columns: [aera]}", ["standardize", "did you mean 'area'?"]),
        ("index: {columns: [town]}", ["no column 'town'", "area, city, rooms"]),
        ("standardize: {columns: [city]}", ["'city' is a text column", "`index`"]),
        ("count: {columns: [area]}", ["'area' holds number", "`cast"]),
        ("expression: {x: city + 1}", ["expression", "'city' is a text column"]),
        ("drop: {columns: [area]}", ["'city', 'size', 'text' are text columns"]),
        ("drop: {columns: [area, city, rooms, missing, size, text]}", ["no column is left"]),
        ("rename: {area: rooms}", ["two columns of the name 'rooms'"]),
        ("select: {columns: [area]}, index: {columns: [city]}", ["no column 'city'", "has area"]),
        ("impute: {columns: [city]}", ["'city' is a text column", "most_frequent"]),
        ("impute: {columns: [area], strategy: constant, value: none}", ["'area' holds numbers"]),
        ("impute: {columns: [area, city], strategy: most_frequent}", ["a text column is needed"]),
        ("one_hot: {columns: [city]}, index: {columns: [city]}", ["holds numbers in each row"]),
        (
          "polynomial: {columns: [area, rooms], degree: 9, into: area}, polynomial: "
            + "{columns: [area], degree: 9}", ["polynomial"]
        ),
      ] {
        let error = try Self.refused(stages, source)
        for word in words { #expect(error.description.contains(word), "\(error)") }
      }
      // No row was read: one that cannot be would have been the error.
      let counter = CountingReducer()
      #expect(throws: PipelineError.self) {
        try TableFixture.configuration("index: {columns: [city]}, drop: {columns: [x]}")
          .fittedTable(to: source, reducer: counter)
      }
      #expect(counter.blockCount == 0)
    }
  }

  private final class CountingReducer: Reducer {
    private(set) var blockCount = 0
    func merge<S: MergeableFindings>(_ statistics: S) -> S { statistics }
    func goesOn() { blockCount += 1 }
  }

  @Test("options that are not known or cannot be are errors that name them")
  func refusedOptions() {
    for (stages, words) in [
      ("ordinal: {columns: [city], unknown: skip}", "skip is for `index` alone"),
      ("index: {columns: [city], unkown: keep}", "did you mean 'unknown'?"),
      ("index", "the key 'columns' is missing"),
      ("select: {columns: [a, a]}", "named twice"), ("select: {columns: []}", "at least one"),
      ("indx: {columns: [a]}", "did you mean 'index'?"),
      ("standardize: {columns: [a], into: b}", "keeps its columns"),
      ("hash: {columns: [a], buckets: 0}", "outside"),
      ("count: {columns: [a], ngrams: [3, 2]}", "a least and a largest"),
      ("count: {columns: [a], min_df: 1.5}", "neither a number of texts"),
      ("ordinal: {columns: [a], order: [x, x]}", "'x' is there twice"),
      ("cast: {columns: [a], to: text, invalid: missing}", "leave invalid out"),
      ("expression: {}", "name at least one column"), ("rename: {}", "name at least one column"),
      ("expression: {x: a +}", "found the end"),
      ("pipeline: {columns: [a]}", "expected a list of stages"),
      ("impute: {columns: [a], strategy: mean, value: x}", "only the strategy 'constant'"),
    ] {
      let error = #expect(throws: ConfigurationError.self, "\(stages)") {
        try TableFixture.configuration(stages)
      }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }

  @Test("a pipeline in the list is its stages, with its columns")
  func nested() throws {
    let flat = try TableFixture.configuration(
      "impute: {columns: [a, b]}, clip: {columns: [c], low: 0}, expression: {d: a + b}")
    let nested = try TableFixture.configuration(
      "pipeline: {columns: [a, b], stages: [impute, pipeline: {stages: [clip: {columns: [c], low: 0}]}, "
        + "expression: {d: a + b}]}")
    #expect(flat.value == nested.value && nested.table.count == 3)
    var deep = "impute"
    for _ in 0..<100 { deep = "pipeline: {columns: [a], stages: [\(deep)]}" }
    #expect(throws: ConfigurationError.self) { try TableFixture.configuration(deep) }
  }

  @Test("cells that stages cannot work with are named, and rules for them hold")
  func cells() throws {
    try withTemporaryFolder { folder in
      func table(_ name: String, _ city: [String], _ value: [Float]) throws -> DataSource {
        let path = folder.appendingPathComponent(name).path
        try File.replace(path) { file in
          let group = try file.root().createGroup("t")
          try group.createDataset("city", strings: city)
          try group.createDataset("n", shape: [value.count], of: Float.self).write(value)
        }
        return TableFixture.source(path, target: nil)
      }
      let known = try table("a.h5", ["x", "y", "x", "zebra"], [1, 2, 3, 4])
      let other = try table("b.h5", ["y", "", "q", "zebr"], [9, .nan, 1, 3])
      for (stages, expected) in [
        ("index: {columns: [city, n], unknown: keep}", [1, 4, 3, 4, 3, 0, 3, 2]),
        (
          "one_hot: {columns: [city], unknown: ignore}, select: {columns: [city]}",
          [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        ),
        (
          "one_hot: {columns: [city], unknown: keep, drop_last: true}, select: {columns: [city]}",
          [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        ),
        (
          "impute: {columns: [city], strategy: most_frequent, flag: true}, "
            + "ordinal: {columns: [city], order: [x, y, zebra], unknown: keep}, drop: {columns: [n]}",
          [1, 0, 0, 1, 3, 0, 3, 0]
        ),
        ("hash: {columns: [city, n], buckets: 1, signed: false}", [10, 0, 2, 4]),
        (
          "impute: {columns: [n], strategy: constant, value: 5}, cast: {columns: [n], to: text}, "
            + "cast: {columns: [n, city], to: number, invalid: missing}, "
            + "impute: {columns: [city], strategy: constant, value: 0}",
          [0, 9, 0, 5, 0, 1, 0, 3]
        ),
      ] as [(String, [Float])] {
        let fitted = try TableFixture.configuration(stages).fittedTable(to: known)
        let rows = try TableFixture.rows(try #require(fitted), other)
        #expect(rows == expected, "\(stages): \(rows)")
      }
      for (stages, words) in [
        ("index: {columns: [city, n]}", ["row 1 of the column 'city' is missing", "`impute`"]),
        (
          "impute: {columns: [city], strategy: constant, value: x}, one_hot: {columns: [city]}",
          ["row 2 of the column 'city' is 'q'", "none of the 3 categories"]
        ),
        (
          "drop: {columns: [city]}, min_max: {columns: [n]}", ["row 1 of the column 'n' is missing"]
        ),
        (
          "drop: {columns: [n]}, index: {columns: [city], unknown: keep}, log: {columns: [city], offset: -1}",
          ["log", "city"]
        ),
      ] {
        let fitted = try TableFixture.configuration(stages).fittedTable(to: known)
        let table = try #require(fitted)
        let error = #expect(throws: PipelineError.self, "\(stages)") {
          try TableFixture.rows(table, other)
        }
        for word in words {
          #expect(error?.description.contains(word) == true, "\(String(describing: error))")
        }
      }
      let text = try Self.refused(
        "cast: {columns: [city], to: number}, standardize: {columns: [city]}", known)
      #expect(text.description.contains("row 0 of the column 'city' is 'x'"), "\(text)")
    }
  }

  @Test("the rows of several tables follow on each other; tables of other columns are refused")
  func files() throws {
    try withTemporaryFolder { folder in
      let fixture = try TableFixture.load()
      func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
      try fixture.write(path("whole.h5"))
      try fixture.write(path("part-0.h5"), rows: 0..<20)
      try fixture.write(path("part-1.h5"), variable: true, rows: 20..<61)
      try fixture.write(path("part-2.h5"), rows: 61..<83)
      let stages =
        "index: {columns: [city, size]}, tf_idf: {columns: [text]}, impute: {columns: [missing]}"
      let (_, expected) = try TableFixture.fitted(stages, TableFixture.source(path("whole.h5")))
      let parts = TableFixture.source(path("part-*.h5"))
      let (table, found) = try TableFixture.fitted(stages, parts)
      #expect(close(found, expected, 1e-6))
      // In the middle, over the borders of files.
      var bound = parts
      bound.tableUse = .stages(table)
      var rows = [Float](repeating: 0, count: 50 * table.width)
      try rows.withUnsafeMutableBufferPointer { try bound.open().readFeatures(15..<65, into: $0) }
      #expect(rows.elementsEqual(found[15 * table.width..<65 * table.width]))
      try File.replace(path("part-3.h5")) { file in
        let group = try file.root().createGroup("t")
        try group.createDataset("area", strings: ["a", "b"])
        try group.createDataset("target", shape: [2], of: Float.self).write([Float(1), 2])
      }
      let error = try Self.refused(stages, parts)
      #expect(error.description.contains("area (text)"), "\(error)")
      // A model's table looks for the columns that it needs by name and kind.
      var wrong = TableFixture.source(path("part-3.h5"), target: nil)
      wrong.tableUse = .stages(table)
      let missing = #expect(throws: PipelineError.self) { try wrong.open() }
      #expect(missing?.exitCode == 66 || missing?.exitCode == 65)
    }
  }

  @Test("records of a compound data set are a table, too")
  func records() throws {
    var source = DataSource(
      file: fixture("hdf5/records.h5").path, features: "price, note, code, rooms", target: nil)
    source.table = "houses/rows"
    source.featureColumns = ["price", "note", "code", "rooms"]
    let opened = try TableFixture.configuration("drop: {columns: [note, code]}").prepared(source)
      .open()
    let schema = try #require(opened.schema)
    #expect(schema.columns.map(\.kind) == [.number(width: 1), .text, .text, .number(width: 1)])
    let (table, rows) = try TableFixture.fitted(
      "index: {columns: [note, code], order: alphabetical, unknown: keep}", source)
    #expect(table.width == 4 && rows.count == 200 && rows.allSatisfy(\.isFinite))
    // Columns of numbers are in the order in which they were asked for.
    #expect(rows[0..<8].enumerated().filter { $0.offset % 4 == 0 }.map(\.element) == [0, 0.25])
  }

  @Test("texts of a target are classes by the alphabet or by frequency, over all rows")
  func classes() throws {
    try TableFixture.withTable { fixture, source in
      var source = source
      source.target = "city"
      source.leftOut = ["city"]
      let sorted = try TextClasses(learning: source, order: .alphabetical)
      #expect(sorted.names == Set(fixture.city).sorted())
      let frequent = try TextClasses(learning: source, order: .frequency)
      #expect(frequent.names[0] == fixture.most_frequent_city)
      source.targetClasses = frequent
      source.tableUse = .columns
      let opened = try source.open()
      var targets = [Float](repeating: -1, count: 83)
      try targets.withUnsafeMutableBufferPointer { try opened.readTargets(0..<83, into: $0) }
      #expect(targets.map(Double.init) == fixture.index)
      #expect(opened.schema?.columns.map(\.name).contains("city") == false)
      // Through a file, with rows of numbers.
      try withTemporaryFolder { folder in
        let path = folder.appendingPathComponent("p.h5").path
        let pipeline = FittedPipeline(
          features: FittedStages(inputShape: [2]), target: FittedStages(inputShape: []),
          targetClasses: frequent, window: RowWindow(length: 3, stride: 2, horizon: 1))
        try File.replace(path) { try pipeline.write(to: try $0.root().createGroup("pipeline")) }
        let loaded = try FittedPipeline(from: try File(opening: path).group("pipeline"))
        #expect(loaded.targetClasses == frequent && loaded.window == pipeline.window)
      }
    }
  }

  @Test("a model without a table is written as before, and a damaged table is refused")
  func file() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("p.h5").path
      let plain = FittedPipeline(
        features: FittedStages(inputShape: [2]), target: FittedStages(inputShape: []))
      try File.replace(path) { try plain.write(to: try $0.root().createGroup("pipeline")) }
      let group = try File(opening: path).group("pipeline")
      #expect(try group.intAttribute("format_version") == 1)
      #expect(group.childNames() == ["features", "target"])
      #expect(try FittedPipeline(from: group).table == nil)
      try TableFixture.withTable { _, source in
        let (table, _) = try TableFixture.fitted(
          "index: {columns: [city]}, select: {columns: [city, area]}", source)
        let pipeline = FittedPipeline(
          features: FittedStages(inputShape: [2]), target: FittedStages(inputShape: []),
          table: table)
        for damage in Damage.allCases {
          try File.replace(path) { file in
            let group = try file.root().createGroup("pipeline")
            try pipeline.write(to: group)
            let first = try group.group("table/00_index")
            switch damage {
            case .none: break
            case .place:
              try first.remove("reads")
              try first.createDataset("reads", shape: [1], of: Int64.self).write([Int64(99)])
            case .origin:
              try first.remove("origins")
              try first.createDataset("origins", shape: [6], of: Int64.self)
                .write([Int64(0), -9, 2, 3, 4, 5])
            case .width:
              try first.remove("widths")
              try first.createDataset("widths", shape: [1], of: Int64.self).write([Int64(2)])
            case .twice:
              try first.group("fitted").remove("categories_0")
              try first.group("fitted").createDataset("categories_0", strings: ["a", "a"])
            case .stage:
              try group.group("table").remove("00_index")
            case .names:
              try group.group("table").remove("names")
              try group.group("table").createDataset("names", strings: ["area"])
            }
          }
          let again = try File(opening: path).group("pipeline")
          if damage == .none {
            #expect(try FittedPipeline(from: again).table?.width == 2)
          } else {
            let error = #expect(throws: PipelineError.self, "\(damage)") {
              _ = try FittedPipeline(from: try File(opening: path).group("pipeline"))
            }
            #expect(error?.description.contains("damaged") == true, "\(String(describing: error))")
          }
        }
      }
    }
  }

  /// What is wrong in a model file.
  enum Damage: CaseIterable {
    case none, place, origin, width, twice, stage, names
  }
}
