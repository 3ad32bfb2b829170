public import Configuration
private import NN

/// Independent uniform values on each parameter's own scale (Bergstra and Bengio, 2012).
public struct RandomSampler: Sampler {
  /// `random`.
  public static let name = "random"
  /// Values do not matter to it.
  public static let takesSeveralObjectives = true

  /// There are no options.
  public init(options: inout Options) throws(ConfigurationError) {}

  /// Makes the sampler.
  public init() {}

  /// No options.
  public var value: Value { [:] }

  /// Drawn from the generator of seed and index.
  public func propose(
    _ index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> Proposal {
    var generator = RandomGenerator(seed: RandomGenerator.hash(seed, UInt64(index)))
    for _ in 0..<10_000 {
      let assignment = history.space.assignment {
        $0.distribution.internalValue(atUnit: generator.uniform())
      }
      if !history.space.isForbidden(assignment) { return Proposal(assignment) }
    }
    throw .nothingAllowed
  }
}

extension StudyError {
  /// A finite sampler has proposed everything.
  public static let exhausted = StudyError(
    "the search space is exhausted: every combination has been tried")
  /// The constraints of the space leave nothing that a sampler could find.
  public static let nothingAllowed = StudyError(
    "10,000 random combinations were all forbidden: loosen `forbid:` or widen the search space")
}
