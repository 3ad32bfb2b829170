internal import Configuration

/// What the lines of a journal mean, by the rules of Optuna's reader.
///
/// Lines are applied in order. One that cannot apply (a report on a finished trial, a second claim
/// of a running one) has no effect: its writer lost a race.
struct JournalState {
  /// The number of lines.
  private(set) var lineCount = 0
  /// All studies by their number; nil where one was deleted.
  private(set) var studies: [StudyRecord?] = []
  private var places: [Place] = []
  private var distributions = DistributionCache()

  /// Where a trial's number in the file leads.
  private struct Place {
    var study: Int
    var number: Int
  }

  /// Applies whole lines; an error names the line and has no effect from there on.
  mutating func apply(lines: [UInt8], of path: String) throws(StudyError) {
    var begin = 0
    while begin < lines.count {
      let end = lines[begin...].firstIndex(of: 0x0a) ?? lines.count
      try apply(line: lines, begin..<end, of: path)
      begin = end + 1
    }
  }

  /// Applies one line.
  mutating func apply(line: [UInt8], _ range: Range<Int>, of path: String) throws(StudyError) {
    let value: Value
    do { value = try JSONReader.value(line, range) } catch {
      throw damaged(path, "is no JSON")
    }
    let event: JournalEvent
    let worker: String
    do { (event, worker) = try JournalEvent.read(value) } catch {
      throw damaged(path, "has no good \(error.what)")
    }
    apply(event, worker: worker)
  }

  private func damaged(_ path: String, _ what: String) -> StudyError {
    StudyError(
      "\(path):\(lineCount + 1): this line of the journal \(what): the file is damaged or is no "
        + "study; the lines before it are whole")
  }

  /// Applies one event.
  mutating func apply(_ event: JournalEvent, worker: String) {
    lineCount += 1
    switch event {
    case .createStudy(let name, let directions):
      guard !studies.contains(where: { $0?.name == name }) else { return }
      studies.append(StudyRecord(name: name, directions: directions))
    case .deleteStudy(let study):
      if studies.indices.contains(study) { studies[study] = nil }
    case .studyUserAttribute(let study, let key, let value):
      guard studies.indices.contains(study) else { return }
      studies[study]?.userAttributes[key] = value
    case .studySystemAttribute(let study, let key, let value):
      guard studies.indices.contains(study) else { return }
      studies[study]?.setSystemAttribute(key, value)
    case .createTrial(let study, let template):
      guard studies.indices.contains(study), let number = studies[study]?.trialCount else { return }
      studies[study]?.create(template, id: places.count, worker: worker, &distributions)
      places.append(Place(study: study, number: number))
    case .parameter(let trial, let name, let value, let text):
      guard let place = place(trial) else { return }
      studies[place.study]?.setParameter(place.number, name, value, text, &distributions)
    case .state(let trial, let state, let values, let time):
      guard let place = place(trial) else { return }
      studies[place.study]?.setState(place.number, state, values, time, worker: worker)
    case .report(let trial, let report):
      guard let place = place(trial) else { return }
      studies[place.study]?.report(place.number, report)
    case .trialUserAttribute(let trial, let key, let value):
      guard let place = place(trial) else { return }
      studies[place.study]?.setUserAttribute(place.number, key, value)
    case .trialSystemAttribute(let trial, let key, let value):
      guard let place = place(trial) else { return }
      studies[place.study]?.setSystemAttribute(place.number, key, value)
    case .ignored: break
    }
  }

  private func place(_ trial: Int) -> Place? {
    places.indices.contains(trial) ? places[trial] : nil
  }
}

/// Distributions by their text: a study has few, its journal repeats them with every trial.
struct DistributionCache {
  private var known: [String: Distribution?] = [:]

  subscript(text: String) -> Distribution? {
    mutating get {
      if let found = known[text] { return found }
      let distribution = Distribution(journalText: text)
      known[text] = distribution
      return distribution
    }
  }
}
