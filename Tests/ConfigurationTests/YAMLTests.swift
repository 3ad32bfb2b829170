import Configuration
import Testing

@Suite("YAML")
struct YAMLTests {
  @Test("every value and every key knows its line")
  func origins() throws {
    let value = try Value(
      yaml: "data:\n  train:\n    file: a.h5\nlayers:\n  - flatten\n  - dense: {units: 3}\n",
      file: "job.yaml")
    #expect(value["data"]?["train"]?["file"]?.origin == .line(3, file: "job.yaml"))
    guard case .map(let entries) = value.kind else {
      Issue.record("no map")
      return
    }
    #expect(entries.map(\.key) == ["data", "layers"])
    #expect(entries.map(\.origin) == [.line(1, file: "job.yaml"), .line(4, file: "job.yaml")])
    guard case .list(let layers) = value["layers"]?.kind else {
      Issue.record("no list")
      return
    }
    #expect(layers.map(\.origin) == [.line(5, file: "job.yaml"), .line(6, file: "job.yaml")])
    #expect(layers[1]["dense"]?["units"]?.origin == .line(6, file: "job.yaml"))
  }

  @Test(
    "scalars have the types of YAML 1.2",
    arguments: [
      ("1", 1), ("-7", -7), ("+7", 7), ("010", 10), ("0x1f", 31), ("0o17", 15),
      ("1.0", 1.0), ("1e-3", 0.001), ("1.5E+2", 150.0), (".5", 0.5), ("5.", 5.0),
      ("99999999999999999999", 1e20),
      ("true", true), ("False", false), ("~", nil), ("null", nil),
      ("yes", "yes"), ("1:30", "1:30"), ("1_000", "1_000"), ("1/255", "1/255"), ("nan", "nan"),
      ("inf", "inf"), ("0x1p3", "0x1p3"), ("2001-12-14", "2001-12-14"), ("e", "e"), ("-", [nil]),
      ("'1'", "1"), ("\"true\"", "true"), ("[1, a]", [1, "a"]), ("{}", [:]),
    ] as [(String, Value)])
  func scalars(text: String, expected: Value) throws {
    #expect(try Value(yaml: text, file: "x") == expected)
  }

  @Test("what is not a number and what is infinite keep their meaning")
  func notFinite() throws {
    #expect(try Value(yaml: ".nan", file: "x").number?.isNaN == true)
    #expect(try Value(yaml: ".inf", file: "x").number == .infinity)
    #expect(try Value(yaml: "-.Inf", file: "x").number == -.infinity)
  }

  @Test("what is written as YAML is read as the same, keys in their order, and no line is long")
  func written() throws {
    let names = (0..<40).map { Value(.string("column \($0)")) }
    let value: Value = [
      "data": [
        "train": ["file": "a b.h5", "table": "t", "target": "y"], "validation": ["fraction": 0.2],
      ],
      "pipeline": [
        "table": [
          ["one_hot": ["columns": Value(.list(names)), "unknown": "ignore"]], "standardize",
          ["pipeline": ["columns": ["a"], "stages": ["standardize", ["clip": ["low": -4]]]]],
        ]
      ],
      "texts": [
        "true", "Null", "y", "1", "1e5", "", " a", "a: b", "# c", "-", "a\nb", "é\"\\", "a/b.h5",
        "_x-1",
        "{", "[", "~", "nan", ".5", "0x1f", "'", "*a", "&a", "!a", "%a", "@a", "`", "? a", "a #b",
      ],
      "numbers": [
        1, -7, 0.001, 1e-9, 1e300, 5.0, Value(.number(.infinity)), Value(.number(-.infinity)),
      ],
      "other": [nil, true, false, [:], [], [[1, 2], [3]]], "no": ["null": "no"], "": 1,
    ]
    let text = value.yaml
    let read = try Value(yaml: text, file: "x")
    #expect(read == value, "\(text)")
    guard case .map(let entries) = read.kind, case .map(let sections)? = read["data"]?.kind else {
      Issue.record("no map: \(text)")
      return
    }
    #expect(entries.map(\.key) == ["data", "pipeline", "texts", "numbers", "other", "no", ""])
    #expect(sections.map(\.key) == ["train", "validation"])
    #expect(text.hasPrefix("data:\n  train: {file: \"a b.h5\", table: t, target: \"y\"}\n"))
    for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    #expect(try Value(yaml: Value(.number(.nan)).yaml, file: "x").number?.isNaN == true)
    for plain in ["a", 1, [1, "b"], true] as [Value] {
      #expect(try Value(yaml: plain.yaml, file: "x") == plain)
    }
  }

  @Test("a key that stands twice is an error that names it")
  func duplicateKeys() {
    expectError("job.yaml:3: the key 'a' stands twice") {
      _ = try Value(yaml: "a: 1\nb: 2\na: 3\n", file: "job.yaml")
    }
    expectError("job.yaml:5: the key 'a' stands twice") {
      _ = try Value(yaml: "x: 1\nm:\n  a: 2\n  b: {a: 3}\n  a: 4\n", file: "job.yaml")
    }
    expectError("job.yaml:2: the key 'a' stands twice") {
      _ = try Value(yaml: "x: 1\nm: {a: 1, a: 2}\n", file: "job.yaml")
    }
  }

  @Test(
    "text that is no YAML is an error of one line with a place",
    arguments: [
      "a: [1, 2", "a: b: c", "\ta: 1", "a: *nowhere", "? [a]\n: 1", "a: !thing 3", "\u{1}",
      "--- a\n--- b\n", "a: 'x\n", "%YAML 9.9\n---\na", "",
    ])
  func notYAML(text: String) {
    do {
      _ = try Value(yaml: text, file: "job.yaml")
      Issue.record("accepted \(text.debugDescription)")
    } catch {
      #expect(error.description.hasPrefix("job.yaml:"), "\(error)")
      #expect(!error.description.contains { $0.isNewline })
      #expect(error.exitCode == ExitCode.data)
    }
  }

  @Test("aliases that blow up a document are refused, not expanded")
  func billionLaughs() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for i in 1..<20 {
      text +=
        "a\(i): &a\(i) [" + [String](repeating: "*a\(i - 1)", count: 10).joined(separator: ",")
      text += "]\n"
    }
    do {
      _ = try Value(yaml: text, file: "x")
      Issue.record("accepted")
    } catch { #expect(error.message.contains("alias")) }
  }

  @Test("deep nesting is an error or a value, never a crash")
  func deepNesting() {
    for depth in [100, 900, 5000] {
      let flow = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      _ = try? Value(yaml: flow, file: "x")
      _ = try? Value(json: flow)
      let block = (0..<depth).map { String(repeating: " ", count: $0) + "a:" }
      _ = try? Value(yaml: block.joined(separator: "\n"), file: "x")
    }
  }
}

/// Expects `body` to throw a `ConfigurationError` with exactly this description.
func expectError(
  _ description: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("no error, expected: \(description)", sourceLocation: sourceLocation)
  } catch let error as ConfigurationError {
    #expect(error.description == description, sourceLocation: sourceLocation)
  } catch { Issue.record(error, sourceLocation: sourceLocation) }
}
