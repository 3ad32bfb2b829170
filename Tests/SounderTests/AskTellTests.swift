import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

@Suite("sounder ask, tell and ask-tell")
struct AskTellTests {
  private let sounder = Program()

  private static let space = """
    rate: {search: log-float, low: 1e-4, high: 1}
    kind: {search: categorical, choices: [a, b]}
    size: {search: int, low: 1, high: 8, when: {kind: b}}
    """

  /// Runs bash with `$sounder`, in a folder in memory that has `space.yaml`.
  private func bash(_ script: String, _ body: (Program.Run, URL) throws -> Void) throws {
    let memory = URL(fileURLWithPath: "/dev/shm")
    let base =
      FileManager.default.isWritableFile(atPath: memory.path)
      ? memory : FileManager.default.temporaryDirectory
    let folder = base.appendingPathComponent("sounder-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Self.space.write(
      to: folder.appendingPathComponent("space.yaml"), atomically: true, encoding: .utf8)
    let run = try Program("/bin/bash").run(
      ["-c", script], in: folder, environment: ["sounder": sounder.path])
    try body(run, folder)
  }

  private func lines(_ text: String) throws -> [Value] {
    try text.split(separator: "\n").map { try Value(json: String($0)) }
  }

  @Test("one process serves a whole loop, errors included")
  func loop() throws {
    let script = #"""
      "$sounder" ask-tell space.yaml --sampler random --pruner none --journal s.log <<'END'
      {"ask":1}
      {"report":0,"step":1,"value":0.5}
      {"tell":0,"value":0.25}
      {"tell":0,"value":0.25}

      nonsense
      {"tell":1}
      {"ask":2}
      {"tell":1,"value":NaN}
      {"fail":2,"reason":"no memory"}
      {"enqueue":{"rate":0.5,"kind":"b","size":8}}
      {"ask":1}
      {"prune":3}
      {"best":true}
      {"running":true}
      END
      """#
    try bash(script) { run, folder in
      let answers = try lines(run.output)
      #expect(run.errors.isEmpty)
      #expect(run.status == ExitCode.data)
      try #require(answers.count == 15, "\(run.output)")
      #expect(answers[0]["trial"] == 0)
      #expect(answers[0]["params"]?["rate"]?.number != nil)
      #expect(answers[1] == ["trial": 0, "prune": false])
      #expect(answers[2] == ["trial": 0, "state": "complete"])
      for index in 3...5 { #expect(answers[index]["code"] == 65) }
      #expect(answers[7]["trial"] == 2)
      #expect(answers[8] == ["trial": 1, "state": "failed"])
      #expect(answers[9] == ["trial": 2, "state": "failed"])
      #expect(answers[10] == ["enqueued": 3])
      #expect(answers[11] == ["trial": 3, "params": ["rate": 0.5, "kind": "b", "size": 8]])
      #expect(answers[12] == ["trial": 3, "state": "pruned"])
      #expect(answers[13]["values"] == [0.25])
      #expect(answers[14] == ["running": []])
      let history = try Study(opening: folder.appendingPathComponent("s.log").path).history
      #expect(history.trials.map(\.state.rawValue) == [1, 3, 3, 2])
    }
  }

  @Test("the same seed asks for the same trials")
  func seed() throws {
    let script = #"""
      for seed in 1 1 2; do
        echo '{"ask":20}' | "$sounder" ask-tell space.yaml --sampler random --seed $seed | md5sum
      done
      """#
    try bash(script) { run, _ in
      let sums = run.output.split(separator: "\n")
      try #require(sums.count == 3, "\(run.errors)")
      #expect(sums[0] == sums[1])
      #expect(sums[0] != sums[2])
    }
  }

  @Test("ask and tell drive a study from one command each")
  func commands() throws {
    let script = #"""
      set -e
      "$sounder" ask s.log --space space.yaml --sampler random --direction maximize
      "$sounder" tell s.log 0 -0.5
      "$sounder" ask s.log --count 2
      "$sounder" tell s.log 1 0.1 --step 3
      "$sounder" tell s.log 1 --failed "no memory"
      "$sounder" tell s.log 2 --pruned
      """#
    try bash(script) { run, folder in
      #expect(run.status == 0, "\(run.errors)")
      let answers = try lines(run.output)
      #expect(answers.map { $0["trial"] } == [0, 1, 2, 1])
      let history = try Study(opening: folder.appendingPathComponent("s.log").path).history
      #expect(history.directions == [.maximize])
      #expect(history.trials[0].values == [-0.5])
      #expect(history.trials[1].userAttributes["reason"] == "no memory")
      #expect(history.trials.map(\.state.rawValue) == [1, 3, 2])
    }
  }

  @Test(
    "bad input is one line and its code",
    arguments: [
      ("ask s.log", 66), ("tell s.log 0 1", 66), ("ask s.log --space nothing.yaml", 66),
      ("tell s.log 0", 64), ("tell s.log 0 1 --pruned", 64), ("tell s.log 0 x", 64),
      ("ask-tell space.yaml --sampler gq", 65), ("ask-tell space.yaml --direction up", 64),
      ("ask-tell empty.yaml", 65), ("ask-tell low.yaml", 65), ("ask-tell plain.yaml", 65),
      ("ask space.yaml", 65),
    ])
  func badInput(arguments: String, code: Int) throws {
    let script = """
      echo '{}' > empty.yaml
      echo 'x: {search: float, low: 2, high: 1}' > low.yaml
      echo 'x: 3' > plain.yaml
      "$sounder" \(arguments)
      """
    try bash(script) { run, _ in
      #expect(run.status == Int32(code), "\(run.errors)")
      #expect(run.errorLines.count == 1, "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1)
      #expect(run.output.isEmpty)
    }
  }

  @Test("two processes on one journal share the numbers, and nothing is lost")
  func twoWriters() throws {
    let script = #"""
      for i in $(seq 60); do echo '{"ask":1}'; done > asks
      "$sounder" ask-tell space.yaml --sampler random --journal s.log < asks > a & first=$!
      "$sounder" ask-tell space.yaml --sampler random --journal s.log < asks > b & second=$!
      wait $first && wait $second && cat a b
      """#
    try bash(script) { run, folder in
      #expect(run.status == 0, "\(run.errors) \(run.output.suffix(300))")
      let numbers = try lines(run.output).compactMap { $0["trial"]?.int }
      #expect(numbers.sorted() == Array(0..<120))
      let study = try Study(opening: folder.appendingPathComponent("s.log").path)
      #expect(study.history.running.count == 120)
      #expect(try study.replay() == ReplayResult(proposalCount: 120))
    }
  }

  @Test("kill -9 loses nothing that was acknowledged, and the study resumes")
  func killed() throws {
    let script = #"""
      : > answers; yes '{"ask":1}' | head -100000 > asks
      "$sounder" ask-tell space.yaml --sampler random --journal s.log < asks > answers & pid=$!
      while [ "$(wc -l < answers)" -lt 50 ]; do sleep 0.01; done
      kill -9 $pid
      wait $pid
      cp answers before
      # The lock of the dead process, if it held it, is taken away by hand: waiting takes 30 s.
      rm -f s.log.lock
      echo '{"ask":1}' | "$sounder" ask-tell space.yaml --sampler random --journal s.log
      """#
    try bash(script) { run, folder in
      #expect(run.status == 0, "\(run.errors)")
      let text = try String(contentsOf: folder.appendingPathComponent("before"), encoding: .utf8)
      // The last line may be torn.
      let whole = text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
      let acknowledged = try lines(String(whole))
      let history = try Study(opening: folder.appendingPathComponent("s.log").path).history
      #expect(acknowledged.count >= 50)
      #expect(history.trials.count > acknowledged.count)
      for (trial, answer) in zip(history.trials, acknowledged) {
        #expect(trial.answer(in: history.space) == answer)
      }
    }
  }

  @Test("a full disk is code 74, keeps what was acknowledged, and the study goes on with space")
  func fullDisk() throws {
    let script = #"""
      trap '' XFSZ
      coproc S { ulimit -S -f 12; exec "$sounder" ask-tell space.yaml --sampler random \
        --journal s.log; }
      pid=$S_PID
      exec 3<&"${S[0]}" 4>&"${S[1]}"
      for i in $(seq 40); do
        echo '{"ask":1}' >&4
        read -r line <&3 || break
        echo "$line"
      done
      prlimit --pid "$pid" --fsize=unlimited
      echo '{"ask":1}' >&4
      read -r line <&3
      echo "$line"
      exec 4>&-
      eval "exec ${S[1]}>&-"
      wait "$pid"
      """#
    try bash(script) { run, folder in
      #expect(run.status == ExitCode.inputOutput, "\(run.errors)")
      let answers = try lines(run.output)
      try #require(answers.count == 41, "\(run.output)")
      let stored = answers.compactMap { $0["trial"]?.int }
      #expect(answers[39]["code"] == 74, "\(answers[39])")
      #expect(answers[40]["trial"] != nil)
      #expect(stored.count > 5)
      #expect(stored == Array(0..<stored.count))
      let study = try Study(opening: folder.appendingPathComponent("s.log").path)
      #expect(study.history.trials.count == stored.count)
      #expect(try study.replay().difference == nil)
    }
  }
}
