public import Configuration

/// Chooses the next trial's parameters.
///
/// A sampler is a value without hidden state: proposal k is a function of the options, the seed, k
/// and the history, so that a study can be replayed. A sampler may keep what it computed before, as
/// long as no proposal depends on whether it is there.
public protocol Sampler: Sendable {
  /// The sampler's name in a job file: `gp`.
  static var name: String { get }
  /// Whether it handles more than one objective.
  static var takesSeveralObjectives: Bool { get }
  /// Whether a proposal may cost milliseconds: it is then never computed while groups wait for it.
  static var takesLong: Bool { get }
  /// Whether a proposal looks at the step at which a trial will end: that is then in the journal.
  static var usesLastSteps: Bool { get }
  /// Reads the job file's options.
  ///
  /// The caller finishes them.
  init(options: inout Options) throws(ConfigurationError)
  /// The options as the job file has them, defaults included.
  var value: Value { get }
  /// Proposal number `index` of the study.
  ///
  /// The assignment lies in `history.space` and is not forbidden. Called on any thread; pure.
  /// - Parameters:
  ///   - index: The number k of the proposal, from 0: one that was never asked for before.
  ///   - seed: The study's seed.
  ///   - history: What is known, running trials included.
  /// - Returns: The parameters to try.
  /// - Throws: `StudyError` when there is nothing left to propose (`StudyError.exhausted`), or the
  ///   constraints leave nothing.
  func propose(_ index: Int, seed: UInt64, history: History) throws(StudyError) -> Proposal
  /// Proposals from number `index` on, each as if those before it were running: a batch.
  ///
  /// A sampler may do several together where that costs less; the first m of them are the same
  /// however many are asked for, and pure as `propose` is, which may give another first one.
  /// - Returns: At least one; at most `count`.
  /// - Throws: As `propose`, when there is not even one.
  func batch(
    _ count: Int, from index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> [Proposal]
}

extension Sampler {
  /// Most samplers need less than a millisecond.
  public static var takesLong: Bool { false }

  /// Most samplers look at what was, not at what will be.
  public static var usesLastSteps: Bool { false }

  /// One after the other.
  public func batch(
    _ count: Int, from index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> [Proposal] {
    try oneByOne(count, from: index, seed: seed, history: history)
  }

  /// A batch of proposals each of which counts those before it as running.
  func oneByOne(
    _ count: Int, from index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> [Proposal] {
    var proposals: [Proposal] = []
    var history = history
    for k in 0..<max(1, count) {
      do throws(StudyError) {
        let proposal = try propose(index + k, seed: seed, history: history)
        proposals.append(proposal)
        // In place: a copy of all trials for each proposal would be what costs most.
        history.trials.append(Study.running(proposal, number: history.trials.count))
      } catch {
        guard !proposals.isEmpty else { throw error }
        break
      }
    }
    return proposals
  }
}

/// What to try next.
public struct Proposal: Sendable, Equatable {
  /// The parameters.
  public var parameters: Assignment
  /// The trial from whose checkpoint to go on; nil to begin anew.
  public var resumes: Int?

  /// Makes a proposal.
  public init(_ parameters: Assignment, resuming resumes: Int? = nil) {
    self.parameters = parameters
    self.resumes = resumes
  }
}

/// All samplers by name.
public enum SamplerRegistry {
  /// Every kind of sampler.
  ///
  /// The shared tests run over this list.
  public static let all: [any Sampler.Type] = [
    RandomSampler.self,
    GPSampler.self,
    GPHypervolumeSampler.self,
    SobolSampler.self,
    HaltonSampler.self,
    GridSampler.self,
    TPESampler.self,
    CMAESSampler.self,
    EvolutionSampler.self,
    NSGA2Sampler.self,
    PBTSampler.self,
  ]

  /// Reads a name, alone or with options: `gp`, `tpe: {candidates: 24}`.
  public static func sampler(
    _ value: Value, at keyPath: [String] = ["search", "sampler"]
  ) throws(ConfigurationError) -> any Sampler {
    try NamedOptions(value, at: keyPath).read("sampler", as: all, name: { $0.name }) {
      (type, options) throws(ConfigurationError) in try type.init(options: &options)
    }
  }
}

extension Sampler {
  /// The name with the options: what `SamplerRegistry` reads.
  public var namedValue: Value { Value(.map([.init(Self.name, value)])) }
}
