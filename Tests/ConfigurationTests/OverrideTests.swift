import Configuration
import Testing

@Suite("Overrides")
struct OverrideTests {
  private func applied(_ text: String, to yaml: String) throws -> Value {
    var value = try Value(yaml: yaml, file: "job.yaml")
    try value.apply(override: text)
    return value
  }

  @Test("a setting is replaced, added, or made with the maps on the way")
  func replace() throws {
    #expect(try applied("a=2", to: "a: 1") == ["a": 2])
    #expect(try applied("a.b=x", to: "a: {b: 1, c: 2}") == ["a": ["b": "x", "c": 2]])
    #expect(try applied("b.c.d=0.5", to: "a: 1") == ["a": 1, "b": ["c": ["d": 0.5]]])
    #expect(try applied("a.1=9", to: "a: [1, 2]") == ["a": [1, 9]])
    #expect(
      try applied("a.0.dense.units=9", to: "a: [dense: {units: 1}]")
        == ["a": [["dense": ["units": 9]]]])
    #expect(try applied("a=[1, {b: c}]", to: "a: 1") == ["a": [1, ["b": "c"]]])
    #expect(try applied("a=", to: "a: 1") == ["a": nil])
    #expect(try applied("a=x=y", to: "a: 1") == ["a": "x=y"])
    #expect(try applied("a='1'", to: "a: 1") == ["a": "1"])
  }

  @Test("a plain name gets options")
  func plainName() throws {
    #expect(
      try applied("optimizer.adam.learning_rate=0.1", to: "optimizer: adam")
        == ["optimizer": ["adam": ["learning_rate": 0.1]]])
  }

  @Test("a path leads through the choices of a searched value, or replaces it as a whole")
  func searched() throws {
    let yaml = "o: {search: categorical, choices: [sgd, adam: {rate: 1}]}"
    #expect(try applied("o=sgd", to: yaml) == ["o": "sgd"])
    #expect(
      try applied("o.adam.rate=2", to: yaml)
        == ["o": ["search": "categorical", "choices": ["sgd", ["adam": ["rate": 2]]]]])
    #expect(
      try applied("o.choices.0=lion", to: yaml)["o"]?["choices"] == ["lion", ["adam": ["rate": 1]]])
    for text in ["o.adan.rate=2", "n.x=1"] {
      #expect(throws: ConfigurationError.self) {
        try applied(text, to: yaml + "\nn: {search: int, low: 1, high: 2}")
      }
    }
  }

  @Test("other settings keep their lines, the new one names the command line")
  func origins() throws {
    let value = try applied("a.c=2", to: "a:\n  b: 1\n")
    #expect(value["a"]?["b"]?.origin == .line(2, file: "job.yaml"))
    #expect(value["a"]?["c"]?.origin == .override("a.c=2"))
  }

  @Test("an error about an override is an error of the command line")
  func errors() throws {
    func expect(_ text: String, _ message: String) {
      do {
        _ = try applied(text, to: "a: 1\nl: [1]\n")
        Issue.record("accepted \(text)")
      } catch let error as ConfigurationError {
        #expect(error.description == "--set \(text): \(message)")
        #expect(error.exitCode == ExitCode.usage)
      } catch { Issue.record(error) }
    }
    expect("a", "expected key.path=value")
    expect("=1", "expected key.path=value")
    expect("a..b=1", "expected key.path=value")
    expect("a.b=1", "a: 1 has no key 'b'")
    expect("l.1=1", "l: '1' is no item of a list of 1 (counted from 0)")
    expect("l.x=1", "l: 'x' is no item of a list of 1 (counted from 0)")
    expect("a=[1", "'[1' is not a YAML value")
  }

  @Test("an unknown key from the command line is reported with its text")
  func unknownKey() throws {
    var options = try Options(applied("epoch=2", to: "epochs: 1"))
    _ = try options.int("epochs")
    let reader = options
    expectError("--set epoch=2: unknown key 'epoch': did you mean 'epochs'?") {
      try reader.finish()
    }
  }
}

@Suite("Spelling")
struct SpellingTests {
  @Test(
    "the nearest name is found",
    arguments: [
      ("leaning_rate", "learning_rate"), ("learning-rate", "learning_rate"), ("ADAM", "adam"),
      ("amda", "adam"), ("sdg", "sgd"), ("learningrate", "learning_rate"),
    ])
  func near(word: String, expected: String) {
    let names = ["sgd", "adam", "learning_rate", "batch_size"]
    #expect(Spelling.nearest(to: word, among: names) == expected)
  }

  @Test("a word that is near to none has no nearest name")
  func far() {
    #expect(Spelling.nearest(to: "banana", among: ["sgd", "adam"]) == nil)
    #expect(Spelling.nearest(to: "x", among: []) == nil)
    #expect(Spelling.advice(for: "banana", among: ["sgd", "adam"]) == "choose one of: sgd, adam")
  }
}
