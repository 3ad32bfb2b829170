internal import Configuration

/// One study of a journal.
struct StudyRecord {
  /// Its name.
  let name: String
  /// What users noted.
  var userAttributes: [String: Value] = [:]
  /// What programs noted.
  private(set) var systemAttributes: [String: Value] = [:]
  /// The settings, when a program of ours made the study.
  private(set) var settings: StudySettings?
  /// Trials and results; its space is that of the settings, else what the trials have shown.
  private(set) var history: History
  /// Numbers of the enqueued trials, ascending.
  private(set) var waiting: [Int] = []
  /// The number of the next proposal.
  private(set) var nextIndex = 0
  /// Trials that were enqueued again, by the number of the failed one.
  private(set) var retried: Set<Int> = []
  /// The first trial's number in the file and so on.
  private(set) var ids: [Int] = []
  /// Who runs, or ran, each trial.
  private(set) var workers: [String] = []

  private var shown: [Parameter] = []
  private var shownIndex: [String: Int] = [:]
  /// Whether a trial of a foreign study has ended with values for some parameters.
  private var hasFinished = false

  init(name: String, directions: [Direction]) {
    self.name = name
    history = History(space: .empty, directions: directions)
  }

  /// The number of trials.
  var trialCount: Int { history.trials.count }

  /// The sampler that the settings name at this line.
  var samplerInForce: Value? { settings?.sampler }

  mutating func setSystemAttribute(_ key: String, _ value: Value) {
    systemAttributes[key] = value
    switch key {
    case StudySettings.key:
      guard let new = StudySettings(value, name: name, history.directions) else { return }
      settings = new
      history.space = new.space
    case StudySettings.olderKey: history.older = Self.older(value, in: history.space)
    default: break
    }
  }

  mutating func create(
    _ template: TrialTemplate, id: Int, worker: String, _ cache: inout DistributionCache
  ) {
    let number = history.trials.count
    var trial = Trial(number: number, state: template.state)
    trial.parameters = Assignment(template.parameters)
    trial.values = template.values
    trial.reports = template.reports
    trial.startTime = template.startTime
    trial.endTime = template.endTime
    trial.userAttributes = template.userAttributes
    trial.systemAttributes = template.systemAttributes
    history.trials.append(trial)
    ids.append(id)
    workers.append(worker)
    if trial.state == .waiting { waiting.append(number) }
    if trial.state.isFinished { history.finished.append(number) }
    noteSystemAttributes(trial.systemAttributes)
    guard settings == nil else { return }
    for (name, text) in template.distributions.sorted(by: { $0.key < $1.key }) {
      guard let distribution = cache[text] else { continue }
      show(name, distribution)
    }
    if trial.state.isFinished { noteMissing(number) }
  }

  mutating func setParameter(
    _ number: Int, _ name: String, _ value: Double, _ text: String,
    _ cache: inout DistributionCache
  ) {
    guard !history.trials[number].state.isFinished, let distribution = cache[text] else { return }
    let known =
      settings?.space[name]?.distribution ?? shownIndex[name].map { shown[$0].distribution }
    if let known, !known.isCompatible(with: distribution) { return }
    if settings == nil, history.trials[number].parameters[name] == nil { show(name, distribution) }
    history.trials[number].parameters[name] = value
  }

  mutating func setState(
    _ number: Int, _ state: Trial.State, _ values: [Double]?, _ time: Double?, worker: String
  ) {
    let old = history.trials[number].state
    guard !old.isFinished, !(old == .running && state == .running) else { return }
    if old == .waiting, state != .waiting { waiting.removeAll { $0 == number } }
    if state == .waiting, old != .waiting {
      waiting.append(number)
      waiting.sort()
    }
    history.trials[number].state = state
    if let values { history.trials[number].values = values }
    if state == .running {
      history.trials[number].startTime = time
      workers[number] = worker
    }
    if state.isFinished {
      history.trials[number].endTime = time
      history.finished.append(number)
      noteMissing(number)
    }
  }

  mutating func report(_ number: Int, _ report: Trial.Report) {
    guard !history.trials[number].state.isFinished else { return }
    history.trials[number].add(report)
  }

  mutating func setUserAttribute(_ number: Int, _ key: String, _ value: Value) {
    guard !history.trials[number].state.isFinished else { return }
    history.trials[number].userAttributes[key] = value
  }

  mutating func setSystemAttribute(_ number: Int, _ key: String, _ value: Value) {
    guard !history.trials[number].state.isFinished else { return }
    history.trials[number].systemAttributes[key] = value
    noteSystemAttributes([key: value])
  }

  private mutating func noteSystemAttributes(_ attributes: [String: Value]) {
    if let index = attributes[TrialKey.index]?.int { nextIndex = max(nextIndex, index + 1) }
    if let number = attributes[TrialKey.retryOf]?.int { retried.insert(number) }
  }

  /// A parameter that a trial ended without is optional; one that failed may have ended early.
  private mutating func noteMissing(_ number: Int) {
    let trial = history.trials[number]
    guard settings == nil, trial.state != .failed, !trial.parameters.isEmpty else { return }
    hasFinished = true
    let missing = shown.indices.filter {
      !shown[$0].isOptional && trial.parameters[shown[$0].name] == nil
    }
    guard !missing.isEmpty else { return }
    for index in missing { shown[index].isOptional = true }
    history.space = SearchSpace(unchecked: shown)
  }

  /// Widens the space of a foreign study by what a trial has.
  private mutating func show(_ name: String, _ distribution: Distribution) {
    if let index = shownIndex[name] {
      let wider = shown[index].distribution.union(distribution)
      if wider == shown[index].distribution { return }
      shown[index].distribution = wider
    } else {
      shownIndex[name] = shown.count
      var parameter = Parameter(name, distribution)
      parameter.isOptional = hasFinished
      shown.append(parameter)
    }
    history.space = SearchSpace(unchecked: shown)
  }

  /// The results of older studies that a system attribute holds.
  private static func older(_ value: Value, in space: SearchSpace) -> [[History.OlderResult]] {
    (value.items ?? []).map { study in
      (study.items ?? []).compactMap { item in
        guard case .map(let entries)? = item["parameters"]?.kind,
          let values = item["values"]?.items?.compactMap(\.number)
        else { return nil }
        var parameters = Assignment()
        for entry in entries { parameters[entry.key] = entry.value.number }
        return History.OlderResult(parameters: parameters, values: values)
      }
    }
  }
}

/// The system attributes that we give to trials.
enum TrialKey {
  /// Journal lines that were known when the trial was proposed.
  static let prefix = "sounder:prefix"
  /// The number of the proposal.
  static let index = "sounder:index"
  /// Numbers of earlier proposals that were prepared but not in the prefix.
  static let ahead = "sounder:ahead"
  /// The number of the first proposal of the batch that it was computed in.
  static let batch = "sounder:batch"
  /// The sampler, where it is not the one of the settings.
  static let sampler = "sounder:sampler"
  /// The trial whose checkpoint it starts from.
  static let resumedFrom = "sounder:resumed_from"
  /// The step at which the trial's training ends; noted for samplers that look at it.
  static let lastStep = "sounder:last_step"
  /// The failed trial that it repeats.
  static let retryOf = "sounder:retry_of"
  /// Optuna's: values that a user fixed, as the user sees them.
  static let fixed = "fixed_params"
}

extension Trial {
  /// Puts a report in the order of steps; a step's later report replaces the earlier one.
  mutating func add(_ report: Report) {
    if let last = reports.last, report.step > last.step || reports.isEmpty {
      reports.append(report)
    } else if let index = reports.firstIndex(where: { $0.step >= report.step }) {
      if reports[index].step == report.step {
        reports[index] = report
      } else {
        reports.insert(report, at: index)
      }
    } else {
      reports.append(report)
    }
  }
}
