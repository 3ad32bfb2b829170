public import Configuration

/// The points of a scrambled Sobol sequence, on each parameter's own scale: better spread than random.
public struct SobolSampler: Sampler {
  /// `sobol`.
  public static let name = "sobol"
  /// Values do not matter to it.
  public static let takesSeveralObjectives = true

  /// There are no options.
  public init(options: inout Options) throws(ConfigurationError) {}

  /// Makes the sampler.
  public init() {}

  /// No options.
  public var value: Value { [:] }

  /// Point number `index` of the seed's sequence, forbidden points left out.
  public func propose(
    _ index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> Proposal {
    let sequence = SobolSequence(dimensions: history.space.parameters.count, seed: seed)
    return Proposal(try history.space.allowedAssignment(index) { sequence[$0] })
  }
}
