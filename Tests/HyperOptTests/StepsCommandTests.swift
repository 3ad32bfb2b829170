import HyperOpt
import Testing

@Suite("A command with placeholders")
struct StepsCommandTests {
  private let values = ["dt": "0.1", "name": "two words; $(x) 'q'", "order": "3"]

  @Test(
    "is split into words as a shell splits them",
    arguments: [
      ("./solver --dt {dt}", ["./solver", "--dt", "0.1"]),
      ("./solver   --dt={dt}\n  -o '{order} {dt}'", ["./solver", "--dt=0.1", "-o", "3 0.1"]),
      ("a \"b c\" d\\ e ''", ["a", "b c", "d e", ""]),
      ("a \"b \\\" \\n \\\\\" 'x\\'", ["a", "b \" \\n \\", "x\\"]),
      ("run {name}", ["run", "two words; $(x) 'q'"]),
      ("sh -c 'a | b > {order}; {{c}}'", ["sh", "-c", "a | b > 3; {c}"]),
      ("a '|' \">\"", ["a", "|", ">"]),
      ("a\\\n b", ["a", "b"]),
      ("out{order}x{dt}.log", ["out3x0.1.log"]),
    ])
  func words(text: String, expected: [String]) throws {
    #expect(try CommandTemplate(text).arguments(values) == expected)
  }

  @Test("leaves out a parameter that is not active, and the option before it")
  func inactive() throws {
    let command = try CommandTemplate("run -q --momentum {m} --dt {dt} --x={m} plain {m} end")
    #expect(command.arguments(["dt": "1"]) == ["run", "-q", "--dt", "1", "plain", "end"])
  }

  @Test(
    "refuses what cannot be meant",
    arguments: [
      ("", "empty"), ("a 'b", "not closed"), ("a {b", "not closed"), ("a \\", "backslash"),
      ("a > b", "shell"), ("a | b", "shell"), ("a 2>&1", "shell"), ("a >{dt}", "shell"),
    ])
  func refused(text: String, word: String) {
    let error = #expect(throws: StudyError.self) { try CommandTemplate(text) }
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
  }

  @Test("knows its names, and says which are unknown or unused")
  func names() throws {
    let command = try CommandTemplate("./solver {dt} {trial} {checkpoint} {dt}")
    #expect(command.names == ["dt", "trial", "checkpoint"])
    #expect(command.program == "./solver")
    #expect(try CommandTemplate("./{dt}").program == nil)
    try command.check(parameters: ["dt"])
    let unused = #expect(throws: StudyError.self) {
      try command.check(parameters: ["dt", "order"])
    }
    #expect(unused?.description.contains("'order' is never used") == true)
    let unknown = #expect(throws: StudyError.self) {
      try CommandTemplate("a {ordr}").check(parameters: ["order"])
    }
    #expect(unknown?.description.contains("did you mean") == true, "\(unknown?.description ?? "")")
    #expect(unknown?.exitCode == 65)
  }
}

@Suite("Figures in a program's output")
struct StepsReportTests {
  private func read(
    _ line: String, _ format: SearchCommand.Report = .json, objectives: [String] = ["loss"]
  ) throws -> [Reading] {
    try ReportReader(format, objectives: objectives).read(line)
  }

  @Test("are read from JSON lines")
  func json() throws {
    #expect(
      try read(#"{"step": 3, "value": 0.2}"#) == [.report(step: 3, figures: ["loss": 0.2])])
    #expect(try read(#"  {"value": 1, "memory": 12}"#) == [.result(["loss": 1, "memory": 12])])
    #expect(
      try read(#"{"values": [0.1, 7]}"#, objectives: ["a", "b"]) == [.result(["a": 0.1, "b": 7])])
    #expect(try read(#"{"loss": 1e-3, "note": "x"}"#) == [.result(["loss": 0.001])])
    for line in ["value 3", "", "{", #"{"step": 3}"#, #"{"a": "b"}"#, "[1]", #"{"value": true}"#] {
      #expect(try read(line) == [], "\(line)")
    }
  }

  @Test("may be NaN or infinite as Python writes them")
  func notFinite() throws {
    guard case .result(let figures)? = try read(#"{"value": NaN, "x": -Infinity}"#).first else {
      Issue.record("no result")
      return
    }
    #expect(figures["loss"]?.isNaN == true)
    #expect(figures["x"] == -.infinity)
  }

  @Test("are found by a regular expression")
  func pattern() throws {
    let named = SearchCommand.Report.pattern(#"epoch (?<step>\d+).*loss=(?<value>[-+.e\d]+)"#)
    #expect(
      try read("epoch 4 t=1 loss=2.5e-1", named) == [.report(step: 4, figures: ["loss": 0.25])])
    #expect(try read("loss=2", named) == [])
    let several = SearchCommand.Report.pattern(#"err (?P<value>\S+) mem (?<memory>\d+)"#)
    #expect(try read("err 1.5 mem 3", several) == [.result(["loss": 1.5, "memory": 3])])
    #expect(try read("err nine mem 3", several) == [.result(["memory": 3])])
    #expect(
      try read("a=1 a=2", .pattern("a=([0-9])")) == [.result(["loss": 1]), .result(["loss": 2])])
  }
}
