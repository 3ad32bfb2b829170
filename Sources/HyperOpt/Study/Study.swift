public import Configuration
private import Glibc

/// A search for good hyperparameters: asks for trials, is told their results, keeps all in a journal.
///
/// The study knows nothing of MPI; one thread owns it. Several processes, Optuna's too, may work on
/// one journal: each reads what the others did before it adds a line.
///
/// An event counts once it is synced. Each call is a transaction of its own; `transaction` makes
/// many events one append and one sync.
public final class Study {
  /// What makes the study the study that it is.
  public private(set) var settings: StudySettings
  /// Chooses parameters; a change is noted in the journal with the next trial.
  public var sampler: any Sampler {
    didSet {
      samplerValue = sampler.namedValue
      samplerError = nil
    }
  }
  /// Decides which trials end early.
  public var pruner: any Pruner
  /// Whether parameters are worth a trial: proposals that are not are skipped before they cost one.
  public var accepts: (@Sendable (Assignment) -> Bool)?

  let journal: Journal
  /// The study's number in the journal.
  let id: Int
  var samplerValue: Value
  private var samplerError: StudyError?
  private var texts: [String: (Distribution, String)] = [:]
  private var depth = 0

  /// Begins a study, or resumes the one that the journal has.
  ///
  /// - Parameters:
  ///   - path: The journal's file; it is made where none is. Nil keeps the study in memory.
  ///   - settings: What the study is. Sampler and pruner may differ from the stored ones.
  /// - Throws: `StudyError`: 65 for a journal of another study (it names the difference), a damaged
  ///   line, or unknown samplers; 66 for a folder that is not there; 74 when the disk fails.
  public convenience init(journal path: String?, settings: StudySettings) throws(StudyError) {
    try self.init(journal: path, settings: settings, lockGraceSeconds: 30)
  }

  /// Like `init(journal:settings:)`; a lock that nobody releases is taken away after a while.
  package init(
    journal path: String?, settings: StudySettings, lockGraceSeconds: Double
  ) throws(StudyError) {
    let sampler = try Self.sampler(settings.sampler)
    guard settings.directions.count == 1 || type(of: sampler).takesSeveralObjectives else {
      throw StudyError(
        "the sampler '\(type(of: sampler).name)' handles one objective, this study has "
          + "\(settings.directions.count): choose another sampler")
    }
    let pruner = try Self.pruner(settings.pruner)
    journal = try Journal(
      path, creates: true, worker: Self.newWorker(), graceSeconds: lockGraceSeconds)
    id = try Self.create(settings, journal)
    self.settings = settings
    self.sampler = sampler
    self.pruner = pruner
    samplerValue = sampler.namedValue
  }

  /// Opens a study that exists, of ours or of Optuna's; no file is created, locked or changed.
  ///
  /// The space of a study that Optuna made is the union of what its trials have shown. The study
  /// may be read, and continued by asking and telling.
  /// - Parameters:
  ///   - path: The journal's file.
  ///   - name: The study's name; needed only where the journal has several.
  /// - Throws: `StudyError`: 65 for a damaged line or no such study, 66 for a missing file.
  public init(opening path: String, named name: String? = nil) throws(StudyError) {
    journal = try Journal(path, creates: false, worker: Self.newWorker())
    id = try Self.find(name, journal, path)
    let record = journal.state.studies[id] ?? StudyRecord(name: "", directions: [.minimize])
    settings =
      record.settings
      ?? StudySettings(
        name: record.name, space: record.history.space, directions: record.history.directions,
        metricNames: (record.systemAttributes[StudySettings.metricNamesKey]?.items ?? [])
          .compactMap(\.text))
    // A reader does not care whether the sampler is known here: only who asks does.
    do throws(StudyError) {
      sampler = try Self.sampler(settings.sampler)
    } catch {
      sampler = RandomSampler()
      samplerError = error
    }
    pruner = (try? Self.pruner(settings.pruner)) ?? NoPruner()
    samplerValue = sampler.namedValue
  }

  /// The journal's path; nil in memory.
  public var path: String? { journal.path }

  /// What the study knows now; a value that stays as it is.
  public var history: History {
    var history = record.history
    history.prefix = journal.state.lineCount
    return history
  }

  /// The number of the next proposal.
  var nextIndex: Int { record.nextIndex }

  /// What users noted about the study.
  public var userAttributes: [String: Value] { record.userAttributes }

  /// What programs noted about the study.
  public var systemAttributes: [String: Value] { record.systemAttributes }

  /// Whether the study was made by another program.
  public var isForeign: Bool { record.settings == nil }

  /// Reads what other processes have appended; locks and changes nothing.
  public func refresh() throws(StudyError) {
    try journal.refresh()
    try checkThere()
  }

  /// The writer of a trial's last claim, as the journal has it; empty for an unknown trial.
  public func worker(of number: Int) -> String {
    record.workers.indices.contains(number) ? record.workers[number] : ""
  }

  /// This process's name in the journal.
  public var worker: String { journal.worker }

  /// Begins to collect events; the journal is locked until `commit`.
  ///
  /// Do not wait for anything in between: another process takes the lock of one that holds it for
  /// more than 30 seconds.
  public func begin() throws(StudyError) {
    if depth == 0 {
      try journal.begin()
      do throws(StudyError) { try checkThere() } catch {
        try journal.commit()
        throw error
      }
    }
    depth += 1
  }

  /// Stores the events since `begin`: one append and one sync.
  ///
  /// After an error none of them is stored, the study is as it was before `begin`, and usable.
  public func commit() throws(StudyError) {
    guard depth > 0 else { return }
    depth -= 1
    if depth == 0 { try journal.commit() }
  }

  /// Makes all events of `body` one append and one sync, which is done when this returns.
  ///
  /// What `body` did before it threw has happened, and is stored.
  public func transaction<R>(_ body: () throws -> R) throws -> R {
    try begin()
    let result: R
    do { result = try body() } catch {
      try commit()
      throw error
    }
    try commit()
    return result
  }

  /// Like `transaction`, for bodies that only throw study errors.
  func stored<R>(_ body: () throws(StudyError) -> R) throws(StudyError) -> R {
    try begin()
    let result: R
    do throws(StudyError) { result = try body() } catch {
      try commit()
      throw error
    }
    try commit()
    return result
  }

  /// The study in the journal's state.
  var record: StudyRecord {
    journal.state.studies[id] ?? StudyRecord(name: settings.name, directions: settings.directions)
  }

  /// A parameter's distribution as the journal has it.
  func text(of parameter: Parameter) -> String {
    if let (distribution, text) = texts[parameter.name], distribution == parameter.distribution {
      return text
    }
    let text = parameter.distribution.journalText
    texts[parameter.name] = (parameter.distribution, text)
    return text
  }

  /// The sampler, unless this build does not have the one that the journal names.
  func usableSampler() throws(StudyError) -> any Sampler {
    if let samplerError { throw samplerError }
    return sampler
  }

  private func checkThere() throws(StudyError) {
    guard journal.state.studies[id] != nil else {
      throw StudyError("\(path ?? "the journal"): the study '\(settings.name)' was deleted")
    }
  }
}

extension Study {
  fileprivate static func sampler(_ value: Value) throws(StudyError) -> any Sampler {
    do { return try SamplerRegistry.sampler(value) } catch { throw StudyError(error.description) }
  }

  fileprivate static func pruner(_ value: Value) throws(StudyError) -> any Pruner {
    do { return try PrunerRegistry.pruner(value) } catch { throw StudyError(error.description) }
  }

  /// `HOST-PID-RANDOM`: says where a trial ran, and is no other writer's name.
  private static func newWorker() -> String {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let host = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let random = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    return "\(host)-\(getpid())-\(random)"
  }

  /// The study's number; its first lines are written where it is not there.
  private static func create(
    _ settings: StudySettings, _ journal: Journal
  ) throws(StudyError) -> Int {
    try journal.begin()
    do throws(StudyError) {
      let id = try createLocked(settings, journal)
      try journal.commit()
      return id
    } catch {
      try journal.commit()
      throw error
    }
  }

  private static func createLocked(
    _ settings: StudySettings, _ journal: Journal
  ) throws(StudyError) -> Int {
    let studies = journal.state.studies
    let stored = studies.indices.first { studies[$0]?.name == settings.name }
    func another(_ difference: String) -> StudyError {
      StudyError(
        "\(journal.path ?? "the journal") is a journal of another study: it differs in "
          + "\(difference): give another `journal:`, or what the study began with")
    }
    guard let id = stored else {
      if let other = studies.compactMap({ $0 }).first {
        throw another("the name (stored: '\(other.name)', asked for: '\(settings.name)')")
      }
      let id = studies.count
      journal.add(.createStudy(name: settings.name, directions: settings.directions))
      store(settings, id, journal)
      return id
    }
    guard let record = studies[id] else { return id }
    guard let old = record.settings else {
      // Its first lines were torn, or another program made it.
      guard record.trialCount == 0, record.history.directions == settings.directions,
        record.systemAttributes[StudySettings.key] == nil
      else { throw another("its maker (it has no settings of Sounder's, or of a later version)") }
      store(settings, id, journal)
      return id
    }
    if let difference = settings.difference(from: old) { throw another(difference) }
    if old.sampler != settings.sampler || old.pruner != settings.pruner {
      journal.add(
        .studySystemAttribute(
          study: id, key: StudySettings.key, value: settings.journalValue))
    }
    return id
  }

  private static func store(_ settings: StudySettings, _ id: Int, _ journal: Journal) {
    journal.add(
      .studySystemAttribute(study: id, key: StudySettings.key, value: settings.journalValue))
    guard !settings.metricNames.isEmpty else { return }
    let names = Value(.list(settings.metricNames.map { Value(.string($0)) }))
    journal.add(
      .studySystemAttribute(study: id, key: StudySettings.metricNamesKey, value: names))
  }

  private static func find(
    _ name: String?, _ journal: Journal, _ path: String
  ) throws(StudyError) -> Int {
    let studies = journal.state.studies
    let there = studies.indices.filter { studies[$0] != nil }
    let names = there.compactMap { studies[$0].map { "'\($0.name)'" } }.joined(separator: ", ")
    if let name {
      guard let id = there.first(where: { studies[$0]?.name == name }) else {
        throw StudyError("\(path): there is no study '\(name)': there is \(names)")
      }
      return id
    }
    guard let id = there.first else {
      throw StudyError("\(path): this journal has no study: check the name of the file")
    }
    guard there.count == 1 else {
      throw StudyError("\(path): this journal has several studies: name one of \(names)")
    }
    return id
  }
}
