import Configuration
import Testing

@Suite("JSON")
struct JSONTests {
  @Test("a tree comes back from its JSON unchanged")
  func roundTrip() throws {
    let value: Value = [
      "empty": [:], "list": [1, -2.5, "three", true, nil, [["nested": []]]],
      "text": "with \"quotes\", a / slash, \n a line and ü €", "zero": 0,
      "control": "\u{0}\u{1f}\r\t\\ \u{7f} \u{2028} 👩‍👧", "huge": 1.5e300,
      "big": 9_007_199_254_740_993, "small": 1e-300,
    ]
    #expect(try Value(json: value.json) == value)
  }

  @Test("JSON text stands on one line with sorted keys and plain slashes")
  func text() {
    let value: Value = ["b": "x/y", "a": [1, 2.5], "c": nil]
    #expect(value.json == #"{"a":[1,2.5],"b":"x/y","c":null}"#)
  }

  @Test("a number that happens to be whole keeps its point: Keras refuses a momentum of 0")
  func point() {
    let value: Value = [0.0, 1.0, -2.0, 1e20, 3]
    #expect(value.json == "[0.0,1.0,-2.0,1e+20,3]")
  }

  @Test("numbers that JSON does not have become null")
  func notFinite() {
    let value = Value(.list([Value(.number(.nan)), Value(.number(-.infinity)), 1]))
    #expect(value.json == "[null,null,1]")
  }

  @Test("text that is no JSON is an error of one line", arguments: ["", "{", "[1 2]", "{'a': 1}"])
  func notJSON(text: String) {
    do {
      _ = try Value(json: text)
      Issue.record("accepted \(text)")
    } catch {
      #expect(error.description.hasPrefix("not JSON: "))
      #expect(!error.description.contains { $0.isNewline })
    }
  }

  @Test("a document of more values than any has is an error before memory is taken for each")
  func tooMany() {
    let text = "[" + String(repeating: "0,", count: 2_000_000) + "0]"
    #expect { _ = try Value(json: text) } throws: { "\($0)".contains("more than 2000000 values") }
  }

  @Test("a long text is one value, whatever stands in it")
  func longText() throws {
    let text = String(repeating: #",[{\""#, count: 1_000_000)
    guard case .list(let items) = try Value(json: "[\"\(text)\", 1]").kind else {
      Issue.record("no list")
      return
    }
    #expect(items.count == 2)
  }

  @Test("truth values and numbers are told apart")
  func types() throws {
    guard case .list(let items) = try Value(json: "[true, 1, 1.5, \"1\"]").kind else {
      Issue.record("no list")
      return
    }
    guard case .bool(true) = items[0].kind, case .int(1) = items[1].kind,
      case .number(1.5) = items[2].kind, case .string("1") = items[3].kind
    else {
      Issue.record("wrong types: \(items)")
      return
    }
  }
}
