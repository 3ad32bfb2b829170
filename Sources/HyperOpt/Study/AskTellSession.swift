package import Configuration

/// The protocol of `sounder ask-tell`: each line is a request in JSON, each answer is one line.
///
/// | request | answer |
/// |---|---|
/// | `{"ask": 1}` (or how many: so many lines) | `{"trial": 3, "params": {"rate": 0.01}}` |
/// | `{"report": 3, "step": 1, "value": 0.7}` | `{"trial": 3, "prune": false}`, or true and a `reason` |
/// | `{"tell": 3, "value": 0.5}`, or `"values": [0.5, 8]` | `{"trial": 3, "state": "complete"}` |
/// | `{"prune": 3}` | `{"trial": 3, "state": "pruned"}` |
/// | `{"fail": 3, "reason": "out of memory"}` | `{"trial": 3, "state": "failed"}` |
/// | `{"enqueue": {"rate": 0.1}}` | `{"enqueued": 7}` |
/// | `{"best": true}` | `{"trial": 3, "params": {...}, "values": [0.5]}`; `"trial": null` for none |
/// | `{"running": true}` | `{"running": [{"trial": 4, "params": {...}}]}` |
///
/// A request that cannot be served is answered with `{"error": "...", "code": 65}`, and the next one
/// is read. `NaN` is a number here; a trial that is told NaN or null has failed.
package struct AskTellSession {
  private let study: Study

  /// Serves a study.
  package init(_ study: Study) { self.study = study }

  /// An answer.
  package struct Answer {
    /// Lines of JSON.
    package var lines: [String]
    /// The error's code; 0 when there was none.
    package var code: Int32 = 0
  }

  /// Answers one request; what it does is on the disk when this returns.
  package func answer(_ request: String) -> Answer {
    do throws(StudyError) {
      let lines = try study.stored { () throws(StudyError) in try serve(request) }
      return Answer(lines: lines.map(\.journalText))
    } catch {
      let line: Value = [
        "error": Value(.string(error.description)), "code": Value(.int(Int(error.exitCode))),
      ]
      return Answer(lines: [line.journalText], code: error.exitCode)
    }
  }

  private static let requests = [
    "ask", "tell", "report", "prune", "fail", "enqueue", "best", "running",
  ]

  private func serve(_ text: String) throws(StudyError) -> [Value] {
    let request: Value
    do { request = try JSONReader.value(text) } catch {
      throw StudyError("this is no JSON: one request such as {\"ask\":1} on each line")
    }
    guard case .map(let entries) = request.kind,
      let kind = entries.first(where: { Self.requests.contains($0.key) })
    else {
      throw StudyError(
        "this is no request: give one of " + Self.requests.joined(separator: ", "))
    }
    for entry in entries
    where entry.key != kind.key && !["value", "values", "step", "reason"].contains(entry.key) {
      throw StudyError("unknown key '\(entry.key)' beside '\(kind.key)'")
    }
    switch kind.key {
    case "ask": return try ask(kind.value)
    case "tell": return [try tell(try number(kind), request)]
    case "report": return [try report(try number(kind), request)]
    case "prune": return [try end(try number(kind), .pruned)]
    case "fail":
      return [try end(try number(kind), .failed(reason: request["reason"]?.text ?? "no reason"))]
    case "enqueue": return [["enqueued": Value(.int(try study.enqueue(kind.value)))]]
    case "best": return [best]
    default:
      let running = study.history.running.map { $0.answer(in: study.history.space) }
      return [["running": Value(.list(running))]]
    }
  }

  private func ask(_ value: Value) throws(StudyError) -> [Value] {
    let count = value == true ? 1 : value.int ?? 0
    guard 1...10_000 ~= count else {
      throw StudyError("ask for 1 to 10000 trials, not for \(value.summary)")
    }
    var lines: [Value] = []
    for _ in 0..<count { lines.append(try study.ask().answer(in: study.history.space)) }
    return lines
  }

  private func tell(_ number: Int, _ request: Value) throws(StudyError) -> Value {
    guard let given = request["values"]?.items ?? request["value"].map({ [$0] }) else {
      throw StudyError("tell trial \(number) what? give a 'value', or 'values' of all objectives")
    }
    var values: [Double] = []
    for value in given {
      if value == nil { values.append(.nan) } else { values.append(try Self.double(value)) }
    }
    return try end(number, .complete(values))
  }

  private func report(_ number: Int, _ request: Value) throws(StudyError) -> Value {
    guard let step = request["step"]?.int, let value = request["value"] else {
      throw StudyError("a report of trial \(number) needs a whole 'step' and a 'value'")
    }
    try study.report(number, step: step, value: value == nil ? .nan : try Self.double(value))
    let reason = study.reasonToPrune(number)
    var entries: [Value.Entry] = [
      .init("trial", Value(.int(number))), .init("prune", Value(.bool(reason != nil))),
    ]
    if let reason { entries.append(.init("reason", Value(.string(reason)))) }
    return Value(.map(entries))
  }

  private func end(_ number: Int, _ outcome: Outcome) throws(StudyError) -> Value {
    try study.tell(number, outcome)
    let state = try study.trial(number).state.word
    return ["trial": Value(.int(number)), "state": Value(.string(state))]
  }

  private var best: Value {
    let history = study.history
    guard history.directions.count == 1 else {
      return ["front": Value(.list(history.paretoFront.map(answer)))]
    }
    return history.winner.map(answer) ?? ["trial": nil]
  }

  private func answer(_ trial: Trial) -> Value {
    let history = study.history
    guard case .map(var entries) = trial.answer(in: history.space).kind else { return nil }
    entries.append(.init("values", Value(.list(trial.values.map { Value(.number($0)) }))))
    return Value(.map(entries))
  }

  private func number(_ entry: Value.Entry) throws(StudyError) -> Int {
    guard let number = entry.value.int else {
      throw StudyError("'\(entry.key)' takes a trial's number, not \(entry.value.summary)")
    }
    return number
  }

  private static func double(_ value: Value) throws(StudyError) -> Double {
    switch value.kind {
    case .int(let whole): return Double(whole)
    case .number(let number): return number
    default: throw StudyError("\(value.summary) is no number")
    }
  }
}

extension Trial {
  /// The number and the parameters as a user sees them, in the order of the space.
  package func answer(in space: SearchSpace) -> Value {
    let entries = space.parameters.compactMap { parameter in
      parameters[parameter.name].map {
        Value.Entry(parameter.name, parameter.distribution.value(of: $0))
      }
    }
    return ["trial": Value(.int(number)), "params": Value(.map(entries))]
  }
}

extension Value {
  /// The value as one line of JSON that keeps NaN and infinities, as Python reads them.
  package var jsonLine: String { journalText }
}
