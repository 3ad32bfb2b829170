internal import Configuration

extension JournalEvent {
  /// What a line lacks.
  struct Incomplete: Error {
    /// What should have been there.
    let what: String
  }

  /// Reads an event from a line's JSON, and who wrote it.
  static func read(_ line: Value) throws(Incomplete) -> (JournalEvent, worker: String) {
    let fields = try JournalFields(line)
    let worker = fields.optional("worker_id")?.text ?? ""
    return (try event(fields), worker)
  }

  private static func event(_ fields: JournalFields) throws(Incomplete) -> JournalEvent {
    switch try fields.int("op_code") {
    case 0:
      var directions: [Direction] = []
      for item in try fields.list("directions") {
        // 0, "not set", is what Optuna's own reader takes for neither.
        guard let code = item.int, 1...2 ~= code else { throw Incomplete(what: "directions") }
        directions.append(code == 1 ? .minimize : .maximize)
      }
      guard !directions.isEmpty else { throw Incomplete(what: "directions") }
      return .createStudy(name: try fields.string("study_name"), directions: directions)
    case 1: return .deleteStudy(try fields.int("study_id"))
    case 2:
      let (key, value) = try fields.pair("user_attr")
      return .studyUserAttribute(study: try fields.int("study_id"), key: key, value: value)
    case 3:
      let (key, value) = try fields.pair("system_attr")
      return .studySystemAttribute(study: try fields.int("study_id"), key: key, value: value)
    case 4: return .createTrial(study: try fields.int("study_id"), try TrialTemplate(fields))
    case 5:
      return .parameter(
        trial: try fields.int("trial_id"), name: try fields.string("param_name"),
        value: try fields.number("param_value_internal"),
        distribution: try fields.string("distribution"))
    case 6:
      guard let state = Trial.State(rawValue: try fields.int("state")) else {
        throw Incomplete(what: "state")
      }
      return .state(
        trial: try fields.int("trial_id"), state, values: try fields.numbers("values"),
        time: try fields.time(state == .running ? "datetime_start" : "datetime_complete"))
    case 7:
      return .report(
        trial: try fields.int("trial_id"),
        Trial.Report(step: try fields.int("step"), value: try fields.number("intermediate_value")))
    case 8:
      let (key, value) = try fields.pair("user_attr")
      return .trialUserAttribute(trial: try fields.int("trial_id"), key: key, value: value)
    case 9:
      let (key, value) = try fields.pair("system_attr")
      return .trialSystemAttribute(trial: try fields.int("trial_id"), key: key, value: value)
    case 10: return .ignored
    case let code: throw Incomplete(what: "op_code that is known (it has \(code))")
    }
  }
}

extension TrialTemplate {
  fileprivate init(_ fields: JournalFields) throws(JournalEvent.Incomplete) {
    if let code = fields.optional("state") {
      guard let state = code.int.flatMap(Trial.State.init(rawValue:)) else {
        throw JournalEvent.Incomplete(what: "state")
      }
      self.state = state
    }
    startTime = try fields.time("datetime_start")
    endTime = try fields.time("datetime_complete")
    if let value = fields.optional("value")?.number { values = [value] }
    if let all = try fields.numbers("values") { values = all }
    for entry in fields.map("params") {
      guard let value = entry.value.number else { throw JournalEvent.Incomplete(what: "params") }
      parameters[entry.key] = value
    }
    for entry in fields.map("distributions") { distributions[entry.key] = entry.value.text }
    for entry in fields.map("user_attrs") { userAttributes[entry.key] = entry.value }
    for entry in fields.map("system_attrs") { systemAttributes[entry.key] = entry.value }
    for entry in fields.map("intermediate_values") {
      guard let step = Int(entry.key), let value = entry.value.number else {
        throw JournalEvent.Incomplete(what: "intermediate_values")
      }
      reports.append(Trial.Report(step: step, value: value))
    }
    reports.sort { $0.step < $1.step }
    guard parameters.keys.allSatisfy({ distributions[$0] != nil }) else {
      throw JournalEvent.Incomplete(what: "distributions")
    }
  }
}

/// The keys of one line.
private struct JournalFields {
  private let entries: [Value.Entry]

  init(_ line: Value) throws(JournalEvent.Incomplete) {
    guard case .map(let entries) = line.kind else {
      throw JournalEvent.Incomplete(what: "op_code")
    }
    self.entries = entries
  }

  func optional(_ key: String) -> Value? {
    guard let value = entries.first(where: { $0.key == key })?.value else { return nil }
    if case .null = value.kind { return nil }
    return value
  }

  func int(_ key: String) throws(JournalEvent.Incomplete) -> Int {
    guard let value = optional(key)?.int else { throw .init(what: key) }
    return value
  }

  func number(_ key: String) throws(JournalEvent.Incomplete) -> Double {
    guard let value = optional(key)?.number else { throw .init(what: key) }
    return value
  }

  func string(_ key: String) throws(JournalEvent.Incomplete) -> String {
    guard let text = optional(key)?.text else { throw .init(what: key) }
    return text
  }

  func list(_ key: String) throws(JournalEvent.Incomplete) -> [Value] {
    guard case .list(let items)? = optional(key)?.kind else { throw .init(what: key) }
    return items
  }

  func numbers(_ key: String) throws(JournalEvent.Incomplete) -> [Double]? {
    guard let value = optional(key) else { return nil }
    guard case .list(let items) = value.kind else { throw .init(what: key) }
    let numbers = items.compactMap(\.number)
    guard numbers.count == items.count else { throw .init(what: key) }
    return numbers
  }

  func map(_ key: String) -> [Value.Entry] {
    guard case .map(let entries)? = optional(key)?.kind else { return [] }
    return entries
  }

  /// The one key of a map; Optuna's reader refuses more.
  func pair(_ key: String) throws(JournalEvent.Incomplete) -> (String, Value) {
    guard let entry = map(key).first else { throw .init(what: key) }
    return (entry.key, entry.value)
  }

  func time(_ key: String) throws(JournalEvent.Incomplete) -> Double? {
    guard let value = optional(key) else { return nil }
    guard let time = value.text.flatMap(Timestamp.seconds) else { throw .init(what: key) }
    return time
  }
}

extension Value {
  /// The text, when it is one.
  var text: String? {
    guard case .string(let text) = kind else { return nil }
    return text
  }
}
