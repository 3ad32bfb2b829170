internal import Configuration
internal import Distributed
internal import NN
private import FoundationEssentials
private import Glibc

/// Makes a step of an order: which program, with which arguments, under which launcher.
struct StepStarter {
  private let search: StepSearch
  private let history: () -> History
  private let launcher: StepLauncher?
  private let environment: [String: String]
  private let ownPath: String

  /// Looks for the launcher and the program.
  ///
  /// - Throws: `StudyError`: 70 without a launcher, 66 without the program.
  init(_ search: StepSearch, history: @escaping () -> History) throws(StudyError) {
    self.search = search
    self.history = history
    let inAllocation = search.slots.contains { $0.node != StepSlots.thisMachine }
    let here = StepSlots.namesOfThisMachine
    var needsLauncher = search.usesMPI || search.plan.ranksPerTrial.upperBound > 1
    needsLauncher = needsLauncher || search.plan.ranksParameter != nil
    needsLauncher = needsLauncher || search.slots.contains { !here.contains($0.node) }
    if case .trial = search.program { needsLauncher = true }
    launcher = needsLauncher ? try StepLauncher.find(inAllocation: inAllocation) : nil
    environment = StepEnvironment.scrubbed(dialect: launcher?.dialect)
    ownPath = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    if case .command(let template, _, _) = search.program { try template.requireProgram() }
  }

  /// Starts the step.
  ///
  /// - Throws: An error whose description is the reason of the trial's failure.
  func start(_ order: TrialOrder) throws -> Step {
    switch search.program {
    case .trial(let arguments):
      let prefix = launcher?.arguments(slots: order.slots) ?? []
      let step = try Step(
        prefix + [ownPath] + arguments, environment: environment, isLauncher: launcher != nil,
        takesInput: true)
      step.send(order.value.json)
      return step
    case .command(let template, _, let values):
      try takeOver(order)
      var words = try values(order.parameters).mapValues(\.word)
      words.merge(given(order)) { own, _ in own }
      var arguments = template.arguments(words)
      let isHere = StepSlots.namesOfThisMachine.contains(order.slots[0].node)
      guard order.slots.count > 1 || search.usesMPI || !isHere, let launcher else {
        arguments[0] = CommandTemplate.path(of: arguments[0]) ?? arguments[0]
        return try Step(
          arguments, environment: environment, isLauncher: false, takesInput: false)
      }
      let usesMPI = search.usesMPI || order.slots.count > 1
      return try Step(
        launcher.arguments(slots: order.slots, usesMPI: usesMPI) + arguments,
        environment: environment, isLauncher: true, takesInput: false)
    }
  }

  private func given(_ order: TrialOrder) -> [String: String] {
    let path = search.checkpoint(firstPart(of: order.trial), order.run)
    let seed = RandomGenerator.hash(
      search.seed, UInt64(truncatingIfNeeded: order.trial), UInt64(order.repetition))
    return [
      "trial": "\(order.trial)", "ranks": "\(order.slots.count)", "seed": "\(seed >> 33)",
      "checkpoint": path,
    ]
  }

  /// The trial that this one is a later part of, or itself: a promoted trial finds its checkpoint.
  private func firstPart(of trial: Int) -> Int {
    let history = history()
    var first = trial
    while history.trials.indices.contains(first),
      let earlier = history.continuedTrial(by: history.trials[first]), earlier < first
    {
      first = earlier
    }
    return first
  }

  /// A copy in population-based training begins with the checkpoint of its leader, in a file of its
  /// own: the leader goes on writing the other one.
  private func takeOver(_ order: TrialOrder) throws {
    let first = firstPart(of: order.trial)
    let trials = history().trials
    guard trials.indices.contains(first), let leader = trials[first].resumedFrom else { return }
    let own = search.checkpoint(first, order.run)
    let source = search.checkpoint(firstPart(of: leader), order.run)
    guard access(own, F_OK) != 0, access(source, F_OK) == 0 else { return }
    try FileManager.default.copyItem(atPath: source, toPath: own)
  }
}

extension CommandTemplate {
  /// Throws unless the program can be run from here; one whose name depends on a parameter is not
  /// looked for.
  ///
  /// - Throws: `StudyError` (exit code 66) that names the program.
  package func requireProgram() throws(StudyError) {
    guard let name = program, Self.path(of: name) == nil else { return }
    throw StudyError(
      "search.command: there is no program '\(name)' that can be run: check its name"
        + (name.contains("/") ? ", from this folder" : " and PATH"),
      exitCode: ExitCode.missingInput)
  }

  /// A name with a slash as it is, another one from PATH; nil when it cannot be run.
  fileprivate static func path(of name: String) -> String? {
    guard name.contains("/") else { return InstalledLauncher.find(name) }
    return access(name, X_OK) == 0 ? name : nil
  }
}
