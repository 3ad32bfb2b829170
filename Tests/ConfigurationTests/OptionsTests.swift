import Configuration
import Testing

@Suite("Options")
struct OptionsTests {
  private func options(_ yaml: String) throws -> Options {
    try Options(Value(yaml: yaml, file: "job.yaml"), at: ["training"])
  }

  @Test("an unknown key names its line and the nearest key")
  func unknownKey() throws {
    var options = try options("epochs: 3\nbatch_sise: 12\n")
    _ = try options.int("epochs")
    _ = try options.int("batch_size", default: 1)
    let reader = options
    expectError("job.yaml:2: training: unknown key 'batch_sise': did you mean 'batch_size'?") {
      try reader.finish()
    }
  }

  @Test("an unknown key that is near to none lists all keys")
  func unknownKeyFarAway() throws {
    var options = try options("zzzzzz: 3\n")
    _ = try options.int("epochs", default: 1)
    _ = try options.int("seed", default: 1)
    let reader = options
    expectError("job.yaml:1: training: unknown key 'zzzzzz': choose one of: epochs, seed") {
      try reader.finish()
    }
  }

  @Test("a map in which every key was read finishes")
  func finished() throws {
    var options = try options("a: 1\nb: null\n")
    #expect(try options.int("a") == 1)
    #expect(try options.int("b", default: 7) == 7)
    try options.finish()
  }

  @Test("a missing key without a default is an error at the map")
  func missing() throws {
    let options = try options("a: 1\n")
    func read(_ body: (inout Options) throws -> Void) {
      expectError("job.yaml:1: training: the key 'x' is missing") {
        var copy = options
        try body(&copy)
      }
    }
    read { _ = try $0.int("x") }
    read { _ = try $0.number("x") }
    read { _ = try $0.bool("x") }
    read { _ = try $0.string("x") }
    read { _ = try $0.choice("x", among: ["a"]) }
    read { _ = try $0.ints("x") }
    read { _ = try $0.requiredOptions("x") }
    read { _ = try $0.byteCount("x") }
  }

  @Test("defaults stand in for missing keys")
  func defaults() throws {
    var options = try options("{}")
    #expect(try options.int("x", default: 3) == 3)
    #expect(try options.number("x", default: 0.5) == 0.5)
    #expect(try options.bool("x", default: true))
    #expect(try options.string("x", default: "y") == "y")
    #expect(try options.choice("x", among: ["a", "b"], default: "b") == "b")
    #expect(try options.ints("x", default: [1]) == [1])
    #expect(try options.byteCount("x", default: 9) == 9)
    #expect(try options.list("x").isEmpty)
    #expect(try options.options("x") == nil)
  }

  @Test("values of the right type are read")
  func values() throws {
    var options = try options(
      """
      int: 3
      whole: 3.0
      number: 0.25
      quotient: 1/255
      bool: true
      string: words
      choice: b
      ints: [1, 2]
      single: 4
      list: [1, a]
      memory: 256 MiB
      map: {inner: 1}
      """)
    #expect(try options.int("int") == 3)
    #expect(try options.int("whole") == 3)
    #expect(try options.number("int") == 3)
    #expect(try options.number("number") == 0.25)
    #expect(try options.number("quotient") == 1.0 / 255)
    #expect(try options.bool("bool"))
    #expect(try options.string("string") == "words")
    #expect(try options.choice("choice", among: ["a", "b"]) == "b")
    #expect(try options.ints("ints") == [1, 2])
    #expect(try options.ints("single") == [4])
    #expect(try options.list("list") == [1, "a"])
    #expect(try options.byteCount("memory") == 256 << 20)
    var inner = try options.requiredOptions("map")
    #expect(inner.keyPath == ["training", "map"])
    #expect(try inner.int("inner") == 1)
    try inner.finish()
    try options.finish()
    #expect(options.contains("int") && !options.contains("other"))
    #expect(options.keys.first == "int")
  }

  @Test("a value of the wrong type names the key, the line and what stands there")
  func wrongTypes() throws {
    func read(_ yaml: String, _ expected: String, _ body: (inout Options) throws -> Void) throws {
      var options = try options("\n" + yaml)
      expectError("job.yaml:2: training.x: " + expected) { try body(&options) }
    }
    try read("x: a", "expected a whole number, found 'a'") { _ = try $0.int("x") }
    try read("x: 1.5", "expected a whole number, found 1.5") { _ = try $0.int("x") }
    try read("x: 9", "9 is outside 0...8") { _ = try $0.int("x", in: 0...8) }
    try read("x: fast", "expected a number, found 'fast'") { _ = try $0.number("x") }
    try read("x: 1/0", "expected a number, found '1/0'") { _ = try $0.number("x") }
    try read("x: .nan", "nan is not a finite number") { _ = try $0.number("x") }
    try read("x: -1", "-1.0 is outside 0.0...1.0") { _ = try $0.number("x", in: 0...1) }
    try read("x: yes", "expected true or false, found 'yes'") { _ = try $0.bool("x") }
    try read("x: [1]", "expected a text, found a list") { _ = try $0.string("x") }
    try read("x: adm", "unknown value 'adm': did you mean 'adam'?") {
      _ = try $0.choice("x", among: ["sgd", "adam"])
    }
    try read("x: 3", "expected one of a, b, found 3") { _ = try $0.choice("x", among: ["a", "b"]) }
    try read("x: [1, z]", "expected whole numbers, found 'z'") { _ = try $0.ints("x") }
    try read("x: [1, 5]", "5 is outside 0...4") { _ = try $0.ints("x", in: 0...4) }
    try read("x: 3", "expected a list, found 3") { _ = try $0.list("x") }
    try read("x: 3", "expected keys with values, found 3") { _ = try $0.options("x") }
    try read("x: 3 miles", "expected an amount of memory such as '256 MiB', found '3 miles'") {
      _ = try $0.byteCount("x")
    }
    try read("x: 1 kB", "'1 kB' is outside 0...10 bytes") { _ = try $0.byteCount("x", in: 0...10) }
  }

  @Test("an error that a caller raises stands at the key's value")
  func ownError() throws {
    let options = try options("a: 1\nx: 3\n")
    #expect(options.error("odd", "x").description == "job.yaml:2: training.x: odd")
    #expect(options.error("odd", "none").description == "job.yaml:1: training.none: odd")
  }

  @Test(
    "amounts of memory",
    arguments: [
      (12, 12), ("12", nil), ("12 B", 12), ("1kb", 1000), ("1.5 KiB", 1536), ("2 MB", 2_000_000),
      ("1 GiB", 1 << 30), ("1 TiB", 1 << 40), ("1 TB", 1_000_000_000_000), ("-1 MB", nil),
      (-1, nil), ("MiB", nil), ("1e30 TB", nil), ("1 MiBs", nil), (true, nil),
    ] as [(Value, Int?)])
  func byteCounts(value: Value, expected: Int?) {
    #expect(value.byteCount == expected)
  }
}

@Suite("Named options")
struct NamedOptionsTests {
  @Test("a name stands alone or with options")
  func forms() throws {
    let plain = try NamedOptions("flatten", at: ["layers", "0"])
    #expect(plain.name == "flatten")
    try plain.options.finish()
    var dense = try NamedOptions(["dense": ["units": 3]], at: ["layers", "1"])
    #expect(dense.name == "dense")
    #expect(dense.options.keyPath == ["layers", "1", "dense"])
    #expect(try dense.options.int("units") == 3)
  }

  @Test("two names in one item, a number, and nothing are errors")
  func wrongForms() {
    expectError("layers: expected a name, alone or with its options, found a map") {
      _ = try NamedOptions(["dense": 1, "relu": 2], at: ["layers"])
    }
    expectError("layers: expected a name, alone or with its options, found 3") {
      _ = try NamedOptions(3, at: ["layers"])
    }
    expectError("layers: expected a name, alone or with its options, found nothing") {
      _ = try NamedOptions(nil, at: ["layers"])
    }
  }

  @Test("an unknown name is an error with the nearest name")
  func unknown() throws {
    let item = try NamedOptions(Value(yaml: "\ndens: {units: 1}", file: "j"), at: ["layers", "2"])
    let error = item.unknown("layer", among: ["dense", "flatten"])
    #expect(error.description == "j:2: layers.2: unknown layer 'dens': did you mean 'dense'?")
  }
}
