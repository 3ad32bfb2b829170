public import Configuration

/// What one line of a journal says; the numbers of studies and trials count up over the whole file.
///
/// The events are those of Optuna's journal storage (`optuna.storages.journal`, operations 0 to 9).
public enum JournalEvent: Sendable {
  /// A study begins; ignored when one of that name is there.
  case createStudy(name: String, directions: [Direction])
  /// A study and its trials are forgotten.
  case deleteStudy(Int)
  /// A user's note about a study.
  case studyUserAttribute(study: Int, key: String, value: Value)
  /// A program's note about a study.
  case studySystemAttribute(study: Int, key: String, value: Value)
  /// A trial begins, perhaps with all that is known of it.
  case createTrial(study: Int, TrialTemplate)
  /// A trial gets the internal value of one parameter.
  case parameter(trial: Int, name: String, value: Double, distribution: String)
  /// A trial changes its state at a time, in seconds since 1970.
  case state(trial: Int, Trial.State, values: [Double]?, time: Double?)
  /// A value on the way to the result.
  case report(trial: Int, Trial.Report)
  /// A user's note about a trial.
  case trialUserAttribute(trial: Int, key: String, value: Value)
  /// A program's note about a trial.
  case trialSystemAttribute(trial: Int, key: String, value: Value)
  /// A line without a meaning here (operation 10).
  case ignored
}

/// What a journal says of a trial at its beginning.
public struct TrialTemplate: Sendable {
  /// Its state.
  public var state = Trial.State.running
  /// Internal values by name.
  public var parameters: [String: Double] = [:]
  /// Optuna's text of each parameter's distribution.
  public var distributions: [String: String] = [:]
  /// Objective values.
  public var values: [Double] = []
  /// Values on the way to the result.
  public var reports: [Trial.Report] = []
  /// Seconds since 1970.
  public var startTime: Double?
  /// Seconds since 1970.
  public var endTime: Double?
  /// Users' notes.
  public var userAttributes: [String: Value] = [:]
  /// Programs' notes.
  public var systemAttributes: [String: Value] = [:]

  /// Makes an empty one.
  public init() {}
}

extension JournalEvent {
  /// Appends the event as one line.
  func write(to writer: inout JSONWriter, worker: String) {
    writer.raw("{\"op_code\":")
    writer.raw(code.description)
    writer.raw(",\"worker_id\":")
    writer.string(worker)
    writeFields(to: &writer)
    writer.raw("}\n")
  }

  private var code: Int {
    switch self {
    case .createStudy: 0
    case .deleteStudy: 1
    case .studyUserAttribute: 2
    case .studySystemAttribute: 3
    case .createTrial: 4
    case .parameter: 5
    case .state: 6
    case .report: 7
    case .trialUserAttribute: 8
    case .trialSystemAttribute: 9
    case .ignored: 10
    }
  }

  private func writeFields(to writer: inout JSONWriter) {
    func number(_ key: StaticString, _ value: Int) {
      writer.raw(key)
      writer.raw(value.description)
    }
    func attribute(_ kind: StaticString, _ key: String, _ value: Value) {
      writer.raw(kind)
      writer.object([(key, value)]) { $0.value($1) }
    }
    switch self {
    case .createStudy(let name, let directions):
      writer.raw(",\"study_name\":")
      writer.string(name)
      writer.raw(",\"directions\":")
      writer.list(directions) { $0.raw($1 == .minimize ? "1" : "2") }
    case .deleteStudy(let study):
      number(",\"study_id\":", study)
    case .studyUserAttribute(let study, let key, let value):
      number(",\"study_id\":", study)
      attribute(",\"user_attr\":", key, value)
    case .studySystemAttribute(let study, let key, let value):
      number(",\"study_id\":", study)
      attribute(",\"system_attr\":", key, value)
    case .createTrial(let study, let template):
      number(",\"study_id\":", study)
      template.write(to: &writer)
    case .parameter(let trial, let name, let value, let distribution):
      number(",\"trial_id\":", trial)
      writer.raw(",\"param_name\":")
      writer.string(name)
      writer.raw(",\"param_value_internal\":")
      writer.number(value)
      writer.raw(",\"distribution\":")
      writer.string(distribution)
    case .state(let trial, let state, let values, let time):
      number(",\"trial_id\":", trial)
      number(",\"state\":", state.rawValue)
      writer.raw(",\"values\":")
      if let values { writer.numbers(values) } else { writer.raw("null") }
      if let time, state == .running || state.isFinished {
        writer.raw(state == .running ? ",\"datetime_start\":" : ",\"datetime_complete\":")
        writer.string(Timestamp.text(time))
      }
    case .report(let trial, let report):
      number(",\"trial_id\":", trial)
      number(",\"step\":", report.step)
      writer.raw(",\"intermediate_value\":")
      writer.number(report.value)
    case .trialUserAttribute(let trial, let key, let value):
      number(",\"trial_id\":", trial)
      attribute(",\"user_attr\":", key, value)
    case .trialSystemAttribute(let trial, let key, let value):
      number(",\"trial_id\":", trial)
      attribute(",\"system_attr\":", key, value)
    case .ignored: break
    }
  }
}

extension TrialTemplate {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.raw(",\"datetime_start\":")
    if let startTime { writer.string(Timestamp.text(startTime)) } else { writer.raw("null") }
    if let endTime {
      writer.raw(",\"datetime_complete\":")
      writer.string(Timestamp.text(endTime))
    }
    writer.raw(",\"state\":")
    writer.raw(state.rawValue.description)
    writer.raw(",\"value\":")
    if values.count == 1 { writer.number(values[0]) } else { writer.raw("null") }
    writer.raw(",\"values\":")
    if values.count > 1 { writer.numbers(values) } else { writer.raw("null") }
    // Sorted, so that the same trial is the same line in every process.
    writer.raw(",\"distributions\":")
    writer.object(sorted(distributions)) { $0.string($1) }
    writer.raw(",\"params\":")
    writer.object(sorted(parameters)) { $0.number($1) }
    writer.raw(",\"user_attrs\":")
    writer.object(sorted(userAttributes)) { $0.value($1) }
    writer.raw(",\"system_attrs\":")
    writer.object(sorted(systemAttributes)) { $0.value($1) }
    writer.raw(",\"intermediate_values\":")
    writer.object(reports.lazy.map { ("\($0.step)", $0.value) }) { $0.number($1) }
  }

  private func sorted<T>(_ values: [String: T]) -> [(String, T)] {
    values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
