public import Configuration

/// The points of a scrambled Halton sequence, on each parameter's own scale: better spread than random.
public struct HaltonSampler: Sampler {
  /// `halton`.
  public static let name = "halton"
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
    let sequence = HaltonSequence(dimensions: history.space.parameters.count, seed: seed)
    return Proposal(try history.space.allowedAssignment(index) { sequence[$0] })
  }
}
