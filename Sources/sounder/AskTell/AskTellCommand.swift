internal import ArgumentParser
private import Configuration
private import Distributed
private import HyperOpt

/// `sounder ask-tell`: one process serves a whole loop of asking and telling, in lines of JSON.
struct AskTellCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ask-tell",
    abstract: "Serve a study on standard input and output, one line of JSON each way.",
    discussion: """
      space.yaml:  rate: {search: log-float, low: 1e-4, high: 1}
                   kind: {search: categorical, choices: [a, b]}

      {"ask":1}                          {"trial":0,"params":{"rate":0.01,"kind":"a"}}
      {"report":0,"step":1,"value":0.7}  {"trial":0,"prune":false}
      {"tell":0,"value":0.5}             {"trial":0,"state":"complete"}
      {"prune":0}                        {"trial":0,"state":"pruned"}
      {"fail":0,"reason":"no memory"}    {"trial":0,"state":"failed"}
      {"enqueue":{"rate":0.1}}           {"enqueued":1}
      {"best":true}                      {"trial":0,"params":{...},"values":[0.5]}
      {"running":true}                   {"running":[{"trial":1,"params":{...}}]}

      What cannot be served is answered with {"error":"...","code":65}, and the next line is read;
      at the end the first error's code is the exit code.
      """)

  @Argument(
    help: ArgumentHelp(
      "The parameters, or a job file with a section `search`.", valueName: "space.yaml"))
  var space: String

  @Option(
    help: ArgumentHelp(
      "Keep the study in this journal, and resume it. (default: in memory)",
      valueName: "study.log"))
  var journal: String?

  @OptionGroup var options: StudyOptions

  func run() throws {
    let study = try Study(journal: journal, settings: try options.settings(spaceFile: space))
    let session = AskTellSession(study)
    var firstCode: Int32 = 0
    while let line = readLine() {
      guard line.contains(where: { !$0.isWhitespace }) else { continue }
      let answer = session.answer(line)
      if firstCode == 0 { firstCode = answer.code }
      let text = answer.lines.joined(separator: "\n") + "\n"
      // Nobody listens any more: the caller has ended.
      guard Pipe.write(Array(text.utf8), to: 1) else { break }
    }
    if firstCode != 0 { throw ArgumentParser.ExitCode(firstCode) }
  }
}
