import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

@Suite("Importing CSV files")
struct CSVImportTests {
  /// A text, and the rows that it must become, with or without names.
  struct Dialect: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var names: [String]?
    var rows: [[Float]]
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ names: [String]?, _ rows: [[Float]]) {
      self.name = name
      self.text = text
      self.names = names
      self.rows = rows
    }
  }

  static let dialects: [Dialect] = [
    Dialect("names and commas", "a,b\n1,2\n3,4\n", ["a", "b"], [[1, 2], [3, 4]]),
    Dialect("no names", "1,2\n3,4\n", nil, [[1, 2], [3, 4]]),
    Dialect("no last line end", "1,2\n3,4", nil, [[1, 2], [3, 4]]),
    Dialect("CR LF", "a,b\r\n1,2\r\n", ["a", "b"], [[1, 2]]),
    Dialect("CR alone", "a,b\r1,2\r3,4", ["a", "b"], [[1, 2], [3, 4]]),
    Dialect("semicolons", "a;b\n1;2\n", ["a", "b"], [[1, 2]]),
    Dialect("tabs", "a\tb\n1\t2\n", ["a", "b"], [[1, 2]]),
    Dialect("bars", "1|2|3\n4|5|6\n", nil, [[1, 2, 3], [4, 5, 6]]),
    Dialect("one column", "x\n1\n2\n", ["x"], [[1], [2]]),
    Dialect("byte order mark", "\u{feff}a,b\n1,2\n", ["a", "b"], [[1, 2]]),
    Dialect("byte order mark, no names", "\u{feff}1,2\n3,4\n", nil, [[1, 2], [3, 4]]),
    Dialect(
      "long record", "1,\"2\(String(repeating: " ", count: 300_000))\"\n3,4\n", nil,
      [[1, 2], [3, 4]]),
    Dialect("blank lines", "\n\na,b\n\n1,2\n  \n3,4\n\n", ["a", "b"], [[1, 2], [3, 4]]),
    Dialect("spaces", " a , b \n 1 ,  -2.5 \n", ["a", "b"], [[1, -2.5]]),
    Dialect(
      "quotes", "\"a \"\"x\"\", y\",\"b\nc\"\n\"1\",\"2\"\n", ["a \"x\", y", "b\nc"], [[1, 2]]),
    Dialect(
      "numbers", "1e3,-1.5E-2,+7,.5,5.,123456789012345678\n0,0,0,0,0,0\n", nil,
      [[1000, -0.015, 7, 0.5, 5, 123_456_790_519_087_104], [0, 0, 0, 0, 0, 0]]),
  ]

  @Test("each way of writing a table is understood", arguments: dialects)
  func dialect(_ dialect: Dialect) throws {
    try ImportBench.run { bench in
      try bench.write("t.csv", dialect.text)
      try bench.gzip("t.csv")
      try bench.convert("t.csv", "packed=t.csv.gz")
      for name in ["t", "packed"] {
        let dataset = try File(opening: bench.path("out.h5")).dataset(name)
        #expect(dataset.shape == [dialect.rows.count, dialect.rows[0].count])
        #expect(dataset.elementType == .float32)
        #expect(try dataset.readAll(as: Float.self) == dialect.rows.flatMap { $0 })
        let names = dataset.hasAttribute("feature_names")
        #expect(names == (dialect.names != nil))
        if names { #expect(try dataset.stringsAttribute("feature_names") == dialect.names) }
      }
    }
  }

  @Test("the options overrule what is found out")
  func options() throws {
    try ImportBench.run { bench in
      try bench.write("t.csv", "1,2\n3,4\n")
      try bench.convert("t.csv") { $0.hasHeader = true }
      #expect(try bench.floats("t") == [3, 4])
      #expect(
        try File(opening: bench.path("out.h5")).dataset("t").stringsAttribute("feature_names")
          == ["1", "2"])
      try bench.write("s.csv", "1 2\n3 4\n")
      try bench.convert("s.csv", to: "out.h5") {
        $0.separator = UInt8(ascii: " ")
        $0.overwrites = true
      }
      #expect(try bench.floats("s") == [1, 2, 3, 4])
      let (line, _) = try bench.failure("t.csv") {
        $0.hasHeader = false
        $0.separator = UInt8(ascii: ";")
        $0.overwrites = true
      }
      #expect(line.contains("t.csv:1:") && line.contains("'1,2'"))
    }
  }

  @Test("missing values become NaN and are counted")
  func missing() throws {
    try ImportBench.run { bench in
      try bench.write("t.csv", "a,b,c\n1,,3\nNA,nan,?\n null ,N/A,9\n")
      let summary = try bench.convert("t.csv")
      #expect(summary.entries[0].missingCount == 6)
      let values = try bench.floats("t")
      #expect(values.map(\.isNaN) == [false, true, false, true, true, true, true, true, false])
      #expect(values[8] == 9)
    }
  }

  @Test("a target of whole numbers is split off, by name or by index")
  func wholeTarget() throws {
    for (column, type, targets) in [
      ("y", ElementType.uint8, [3, 0] as [Float]), ("1", .uint8, [3, 0]), ("-2", .uint8, [3, 0]),
      ("b", .int32, [-70_000, 5]), ("f", .float32, [0.5, 2]),
    ] {
      try ImportBench.run { bench in
        try bench.write("t.csv", "a,y,b,f\n1,3,-70000,0.5\n2,0,5,2\n")
        // The index -2 counts from the end of three columns.
        if column == "-2" { try bench.write("t.csv", "a,y,b\n1,3,-70000\n2,0,5\n") }
        try bench.convert("t.csv") { $0.target = column }
        let file = try File(opening: bench.path("out.h5"))
        let target = try file.dataset("target")
        #expect(target.elementType == type, "\(column)")
        #expect(target.shape == [2])
        #expect(try target.readAll(as: Float.self) == targets)
        #expect(target.hasAttribute("class_names") == false)
        let features = try file.dataset("features")
        #expect(!(try features.stringsAttribute("feature_names")).contains(column))
        #expect(features.rowWidth == (column == "-2" ? 2 : 3))
      }
    }
  }

  @Test("texts become classes in alphabetical order, the same for all files")
  func classes() throws {
    try ImportBench.run { bench in
      try bench.write("train.csv", "x,kind\n1,dog\n2,cat\n3,\"dog\"\n")
      try bench.write("test.csv", "x,kind\n4,ant\n5,dog\n")
      let summary = try bench.convert("train.csv", "test.csv") { $0.target = "kind" }
      #expect(
        summary.entries.map(\.name)
          == ["train/features", "train/target", "test/features", "test/target"])
      #expect(try bench.floats("train/target") == [2, 1, 2])
      #expect(try bench.floats("test/target") == [0, 2])
      #expect(try bench.floats("train/features") == [1, 2, 3])
      let target = try File(opening: bench.path("out.h5")).dataset("test/target")
      #expect(try target.stringsAttribute("class_names") == ["ant", "cat", "dog"])
      #expect(target.elementType == .uint8)
    }
  }

  @Test("a bad row is an error that names its line")
  func badRows() throws {
    try ImportBench.run { bench in
      try bench.write("width.csv", "a,b\n1,2\n\n3,4,5\n")
      try bench.write("text.csv", "a,b\n1,2\n3,x4\n")
      try bench.write("quote.csv", "a,b\n1,2\n3,\"4\n5,6\n")
      try bench.write("behind.csv", "a,b\n1,2\n\"3\"x,4\n")
      try bench.write("large.csv", "a,b\n1,1e39\n")
      try bench.write("infinite.csv", "a,b\n1,inf\n")
      try bench.write("lines.csv", "\"a\n\",b\n1,2\n3,4\n5,\"x\ny\"\n")
      for (name, words) in [
        ("width.csv", ":4: the row has 3 fields"), ("text.csv", ":3: column 'b' holds 'x4'"),
        ("quote.csv", ":3: a quote"), ("behind.csv", ":3: there is text behind a closing quote"),
        ("large.csv", ":2: column 'b' holds '1e39'"), ("infinite.csv", ":2: column 'b'"),
        ("lines.csv", ":5: column 'b' holds 'x y'"),
      ] {
        let (line, code) = try bench.failure(name)
        #expect(line.contains(name + words), "\(line)")
        #expect(code == 65)
      }
    }
  }

  @Test("a target that cannot be is an error")
  func badTargets() throws {
    try ImportBench.run { bench in
      try bench.write("t.csv", "width,species\n1,a\n2,\n")
      try bench.write("one.csv", "x\n1\n")
      try bench.write("names.csv", "a,b\n")
      for (name, target, words) in [
        ("t.csv", "specie", "did you mean 'species'?"), ("t.csv", "7", "no column 7"),
        ("t.csv", "species", "t.csv:3: the target 'species' is missing"),
        ("one.csv", "x", "no features"), ("names.csv", "a", "no rows"),
      ] {
        let (line, code) = try bench.failure(name) { $0.target = target }
        #expect(line.contains(words), "\(line)")
        #expect(code == 65)
      }
    }
  }

  @Test("an existing output stays unless it may be replaced, an input is never the output")
  func overwriting() throws {
    try ImportBench.run { bench in
      try bench.write("t.csv", "1,2\n")
      try bench.convert("t.csv")
      let before = try Data(contentsOf: bench.folder.appendingPathComponent("out.h5"))
      let (line, code) = try bench.failure("t.csv")
      #expect(code == 74 && line.contains("--overwrite"))
      #expect(try Data(contentsOf: bench.folder.appendingPathComponent("out.h5")) == before)
      let summary = try bench.convert("t.csv") { $0.overwrites = true }
      #expect(summary.replacedExisting)
      #expect(throws: PipelineError.self) {
        try bench.convert("t.csv", to: "t.csv") { $0.overwrites = true }
      }
      #expect(try String(contentsOfFile: bench.path("t.csv"), encoding: .utf8) == "1,2\n")
      #expect(throws: PipelineError.self) { try bench.convert("t.csv", "t.csv", to: "b.h5") }
    }
  }

  @Test("a caller that stops an import finds nothing left behind")
  func stopping() throws {
    try ImportBench.run { bench in
      try bench.write("t.csv", (0..<5000).map { "\($0),\($0 % 10)\n" }.joined())
      for limit in [1, 3, 6] {
        var calls = 0
        let importer = Importer(
          inputs: [ImportInput(path: bench.path("t.csv"))], output: bench.path("out.h5"))
        let error = #expect(throws: PipelineError.self) {
          try importer.run { _ in
            calls += 1
            return calls < limit
          }
        }
        #expect(error?.description.contains("nothing was written") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) == ["t.csv"])
      }
    }
  }

  @Test("rows over many blocks come over in order")
  func manyBlocks() throws {
    try ImportBench.run { bench in
      let rows = 70_000
      try bench.write("t.csv", "x,y,z\n" + (0..<rows).map { "\($0),0.5,\($0 % 7)\n" }.joined())
      try bench.convert("t.csv") { $0.target = "z" }
      let features = try bench.floats("features")
      #expect(features.count == 2 * rows)
      #expect(
        (0..<rows).allSatisfy { features[2 * $0] == Float($0) && features[2 * $0 + 1] == 0.5 })
      let targets = try bench.floats("target")
      #expect((0..<rows).allSatisfy { targets[$0] == Float($0 % 7) })
    }
  }
}
