import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

@Suite("Importing CSV files as tables")
struct CSVTableImportTests {
  @Test("each column gets the type that holds it, and its place is kept")
  func types() throws {
    try ImportBench.run { bench in
      try bench.write(
        "t.csv",
        """
        id,size,count,city,nothing,big
        1,0.5,3,Köln,,9223372036854775807
        -2,,NA,"a ""b"",c",?,-9223372036854775808
        +3,1e3,5,null,nan,0

        """)
      try bench.gzip("t.csv")
      for name in ["t.csv", "t=t.csv.gz"] {
        let summary = try bench.convert(name) {
          $0.isTable = true; $0.overwrites = true
        }
        #expect(summary.entries.count == 1)
        let entry = summary.entries[0]
        #expect(entry.name == "t" && entry.shape == [3, 6] && entry.missingCount == 6)
        #expect(entry.columns.map(\.name) == ["id", "size", "count", "city", "nothing", "big"])
        #expect(
          entry.columns.map(\.type) == [.int64, .float64, .float64, .string, .float64, .int64])
        #expect(entry.columns.map(\.missingCount) == [0, 1, 1, 1, 3, 0])
        let group = try File(opening: bench.path("out.h5")).group("t")
        #expect(try group.stringsAttribute("columns") == entry.columns.map(\.name))
        #expect(try group.stringsAttribute("kind") == ["table"])
        #expect(try group.dataset("id").shape == [3])
        #expect(try group.dataset("id").readAll(as: Int.self) == [1, -2, 3])
        #expect(try group.dataset("big").readAll(as: Int.self) == [.max, .min, 0])
        let sizes = try group.dataset("size").readAll(as: Double.self)
        #expect(sizes[0] == 0.5 && sizes[1].isNaN && sizes[2] == 1000)
        #expect(try group.dataset("nothing").readAll(as: Double.self).allSatisfy(\.isNaN))
        #expect(try group.dataset("city").readStrings() == ["Köln", "a \"b\",c", ""])
      }
    }
  }

  @Test("names that HDF5 cannot take, or that are there twice, are changed and remembered")
  func names() throws {
    try ImportBench.run { bench in
      try bench.write("t.csv", "a/b,x,,x,..\n1,2,3,4,5\n")
      let summary = try bench.convert("t.csv") { $0.isTable = true }
      #expect(
        summary.entries[0].columns.map(\.name) == ["a_b", "x", "column_2", "x_2", "column_4"])
      let group = try File(opening: bench.path("out.h5")).group("t")
      #expect(try group.dataset("a_b").stringsAttribute("name") == ["a/b"])
      #expect(try group.dataset("x").hasAttribute("name") == false)
      try bench.write("n.csv", "1,a\n2,b\n")
      let unnamed = try bench.convert("n.csv", to: "n.h5") { $0.isTable = true }
      #expect(unnamed.entries[0].columns.map(\.name) == ["column_0", "column_1"])
      // A name that is there twice may itself look like the second of another.
      try bench.write("d.csv", "x_2,x,x,x,x_2\n1,2,3,4,5\n")
      let twice = try bench.convert("d.csv", to: "d.h5") { $0.isTable = true }
      #expect(twice.entries[0].columns.map(\.name) == ["x_2", "x", "x_3", "x_4", "x_2_2"])
      try bench.write("w.csv", String(repeating: "1,", count: 70_000) + "1\n")
      try bench.remove("out.h5")
      let (line, code) = try bench.failure("w.csv") { $0.isTable = true }
      #expect(line.contains("70001 columns") && code == 65, "\(line)")
    }
  }

  @Test("texts of very different lengths are stored with their own, all in UTF-8")
  func texts() throws {
    try ImportBench.run { bench in
      let long = String(repeating: "long ", count: 2000) + "end"
      let rows = 5000
      var text = "s,n\n"
      for row in 0..<rows { text += row == 4000 ? "\(long),1\n" : "t\(row),1\n" }
      try bench.write("t.csv", text)
      try bench.convert("t.csv") {
        $0.isTable = true; $0.gzip = 1
      }
      let strings = try File(opening: bench.path("out.h5")).dataset("t/s").readStrings()
      try #require(strings.count == rows)
      #expect(strings[4000] == long && strings[4999] == "t4999" && strings[0] == "t0")
      let attributes = try FileManager.default.attributesOfItem(atPath: bench.path("out.h5"))
      #expect((attributes[.size] as? Int ?? .max) < 2 << 20)
      try bench.write("l.csv", Array("s\nna\u{ef}ve\n".utf8) + [0x66, 0xfc, 0x72, 10])
      try bench.convert("l.csv", to: "l.h5") { $0.isTable = true }
      let repaired = try File(opening: bench.path("l.h5")).dataset("l/s").readStrings()
      #expect(repaired == ["naïve", "f\u{fffd}r"])
    }
  }

  @Test("quotes, line ends and doubled quotes are the same wherever a block of the file ends")
  func borders() throws {
    var state: UInt64 = 3
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let pieces = ["a", ",", "\"", "\n", "\r\n", "xyz", "é", "\"\"", "\r", " b"]
    let ends = ["\n", "\r\n", "\r", "\n\n"]
    var text = "n,s,t\n"
    var expected: [String] = []
    while text.utf8.count < 3 << 20 {
      // Letters around it: spaces there would be taken off.
      let field = "<" + (0..<random(40)).map { _ in pieces[random(pieces.count)] }.joined() + ">"
      expected.append(field)
      let quoted = "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
      text += "\(expected.count),\(quoted),5\"\(ends[random(4)])"
    }
    try ImportBench.run { bench in
      try bench.write("t.csv", text)
      try bench.convert("t.csv") { $0.isTable = true }
      let group = try File(opening: bench.path("out.h5")).group("t")
      let found = try group.dataset("s").readStrings()
      try #require(found.count == expected.count)
      // Bytes, as "\r\n" is one character of Swift and "\n" another.
      let wrong = found.indices.filter { Array(found[$0].utf8) != Array(expected[$0].utf8) }
      #expect(wrong.isEmpty, "\(wrong.prefix(3).map { [found[$0], expected[$0]] })")
      #expect(try group.dataset("n").readAll(as: Int.self) == Array(1...expected.count))
      #expect(try Set(group.dataset("t").readStrings()) == ["5\""])
    }
  }

  @Test("types, order and NaN survive many blocks, compressed")
  func blocks() throws {
    try ImportBench.run { bench in
      let rows = 40_000
      var text = "i,x,s\n"
      for row in 0..<rows { text += "\(row),\(row % 10 == 0 ? "" : "\(row).5"),name \(row % 7)\n" }
      try bench.write("t.csv", text)
      try bench.convert("t.csv") {
        $0.isTable = true; $0.gzip = 1; $0.chunkRows = 3000
      }
      let group = try File(opening: bench.path("out.h5")).group("t")
      let whole = try group.dataset("i")
      #expect(whole.chunkShape == [3000] && whole.filters == ["gzip 1"])
      #expect(try whole.readAll(as: Int.self) == Array(0..<rows))
      let numbers = try group.dataset("x").readAll(as: Double.self)
      let areRight = (0..<rows).allSatisfy {
        $0 % 10 == 0 ? numbers[$0].isNaN : numbers[$0] == Double($0) + 0.5
      }
      #expect(areRight)
      #expect(try group.dataset("s").readStrings() == (0..<rows).map { "name \($0 % 7)" })
    }
  }

  @Test("options that contradict the inputs are refused")
  func contradictions() throws {
    try ImportBench.run { bench in
      try bench.write("t.csv", "a,b\n1,2\n")
      try bench.write("x", ImportBench.idx(8, [2, 2]) + [1, 2, 3, 4])
      let cases: [(String, String, (inout ImportOptions) -> Void)] = [
        (
          "t.csv", "leave --target out",
          {
            $0.isTable = true; $0.target = "a"
          }
        ),
        ("x", "--table", { $0.isTable = true }), ("x", "--bad-rows", { $0.badRows = .skip }),
        ("t.csv", "--columns", { $0.columns = 3 }),
      ]
      for (name, words, change) in cases {
        let (line, code) = try bench.failure(name, change: change)
        #expect(line.contains(words) && code == 64, "\(line)")
      }
    }
  }
}

@Suite("Rows of CSV files that cannot be used")
struct BadRowTests {
  @Test("they are passed over, counted, and told of with their lines")
  func skipping() throws {
    try ImportBench.run { bench in
      try bench.write(
        "t.csv", "a,b,c\n1,2,x\n3\n4,5,\"y\"z\n6,\"7\n\",y\n8,nine,x\n10,11,\n12,13,x,14\n15,16,y\n"
      )
      let summary = try bench.convert("t.csv") {
        $0.badRows = .skip; $0.target = "c"
      }
      let bad = summary.entries[0].badRows
      #expect(bad.count == 6 && bad.lines == [3, 4, 5, 7, 8, 9])
      #expect(bad.firstProblem.contains("1 fields, the first has 3"))
      #expect(try bench.floats("features") == [1, 2, 15, 16])
      #expect(try bench.floats("target") == [0, 1])
      // A table takes texts and gaps.
      let table = try bench.convert("t.csv", to: "b.h5") {
        $0.badRows = .skip; $0.isTable = true
      }
      #expect(table.entries[0].badRows.lines == [3, 4, 9])
      #expect(table.entries[0].shape == [5, 3])
    }
  }

  @Test("columns that are asked for hold what they shall, and tell separator and names")
  func kinds() throws {
    try ImportBench.run { bench in
      // The second row has a comma too many for commas to be found out, the first looks like numbers.
      try bench.write("t.csv", "1;2;3\n7;8,9;x\n4;;5\n6;1;2\n")
      let kinds: [String: ColumnKind] = [
        "1": .text, "2": .number(width: 1), "3": .number(width: 1),
      ]
      let summary = try bench.convert("t.csv") {
        $0.isTable = true; $0.badRows = .skip; $0.columnKinds = kinds
      }
      let entry = summary.entries[0]
      #expect(entry.shape == [2, 3] && entry.badRows.lines == [2] && entry.badRows.places == [0])
      #expect(entry.columns.map(\.type) == [.string, .float64, .int64])
      #expect(entry.badRows.firstProblem.contains("column '2' holds '8,9', and must hold numbers"))
      // Names that are given.
      try bench.write("n.csv", "1,2\n3,4\n")
      let named = try bench.convert("n.csv", to: "n.h5") {
        $0.isTable = true; $0.columnNames = ["a", "b"]; $0.columnKinds = ["b": .text]
      }
      #expect(named.entries[0].columns.map(\.name) == ["a", "b"])
      #expect(named.entries[0].shape == [2, 2] && named.entries[0].columns[1].type == .string)
      try bench.remove("out.h5")
      try bench.write("f.csv", "city,area\nUlm,3\n")
      let (line, code) = try bench.failure("f.csv") {
        $0.isTable = true
        $0.columnKinds = ["aera": .number(width: 1)]
      }
      #expect(line.contains("no column 'aera': did you mean 'area'?") && code == 66, "\(line)")
      let (few, usage) = try bench.failure("n.csv") {
        $0.isTable = true; $0.columnNames = ["a"]
      }
      #expect(few.contains("has 2 columns, and 1 were named") && usage == 64, "\(few)")
    }
  }

  @Test("a thousand bad rows are counted, the first twenty named; none good is an error")
  func many() throws {
    try ImportBench.run { bench in
      try bench.write("t.csv", "a,b\n1,2\n" + String(repeating: "3\n", count: 1000))
      let bad = try bench.convert("t.csv") { $0.badRows = .skip }.entries[0].badRows
      #expect(bad.count == 1000 && bad.lines == Array(3...22))
      try bench.write("none.csv", "a,b\n" + String(repeating: "3\n", count: 10))
      try bench.remove("out.h5")
      let (line, code) = try bench.failure("none.csv") { $0.badRows = .skip }
      #expect(line.contains("none of its 10 rows") && line.contains("line 2") && code == 65)
    }
  }
}

@Suite("Decimal numbers of text files")
struct DecimalTests {
  @Test("each is the nearest Double, as the C library finds it")
  func nearest() throws {
    var state: UInt64 = 7
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    func digits(_ count: Int) -> String { (0..<count).map { _ in "\(random(10))" }.joined() }
    var texts = [
      "0.1", "1e22", "1e23", "9007199254740993.0", "9007199254740992.5", "0.3e-19", "1e-19", "1.e3",
      "18446744073709551615.0", "1844674407370955161.5e1", "9999999999999999999e19", "4.9e-324",
      "1.7976931348623157e308", "0.000000000000000000000000000001", "-0.0", "00012.50", "8.5e-3",
      "2.2250738585072011e-308", "123456789012345678901234567890.5", "1e00000000000000001",
      // Halves of a last bit, from above, below and exactly.
      "4503599627370497.5", "4503599627370496.5", "450359962737049750000e-5",
      "4503599627370497.5000000001", "4503599627370496.4999999999", "0.500000000000000166",
    ]
    for _ in 0..<60_000 {
      let text = "\(random(2) == 0 ? "-" : "")\(digits(1 + random(10))).\(digits(random(11)))"
      texts.append(random(2) == 0 ? text : text + "e\(random(45) - 22)")
    }
    for _ in 0..<20_000 { texts.append("\(Double(random(1 << 30)) / Double(1 + random(1 << 30)))") }
    try ImportBench.run { bench in
      try bench.write("t.csv", "x\n" + texts.joined(separator: "\n") + "\n")
      try bench.convert("t.csv") { $0.isTable = true }
      let values = try File(opening: bench.path("out.h5")).dataset("t/x").readAll(as: Double.self)
      try #require(values.count == texts.count)
      var wrong: [String] = []
      for (text, value) in zip(texts, values) where strtod(text, nil).bitPattern != value.bitPattern
      {
        wrong.append("\(text): \(value)")
      }
      #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }
  }

  @Test("what is no number is a text")
  func texts() throws {
    let words = [
      "1.2.3", "--1", "+", "-", ".", "e5", "1e", "1e+", "1e5.0", "0x10", "inf", "1e999", "1 2", "１",
      "1,5e", "12a", "1_000", "-.e1", "1e5x",
    ]
    try ImportBench.run { bench in
      for word in words {
        try bench.write("t.csv", "x;y\n1;2\n\(word);3\n")
        let summary = try bench.convert("t.csv") {
          $0.isTable = true
          $0.overwrites = true
          $0.separator = UInt8(ascii: ";")
        }
        #expect(summary.entries[0].columns[0].type == .string, "\(word)")
      }
    }
  }
}
