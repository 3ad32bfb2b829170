public import Configuration

/// The stage `pca`: a row becomes its coordinates on the directions in which rows differ most.
///
/// `y = C (x - mean)` with the eigenvectors C of the columns' covariance that have the largest
/// eigenvalues, one axis of them; with `whiten`, each over its standard deviation (a coordinate that
/// varies by rounding alone is 0 then). Of each eigenvector the number of largest size is positive.
/// Every rank holds the products of all pairs of columns: 8 bytes times the square of their number.
/// - Source: scikit-learn's `PCA(svd_solver="covariance_eigh")`.
public struct PCA: Estimator {
  /// How many directions are kept.
  public enum Components: Sendable, Equatable {
    /// As many as there are columns.
    case all
    /// This many.
    case count(Int)
    /// As few as have more than this share of the variance, above 0 and below 1.
    case varianceShare(Double)
  }

  /// The fitted stage.
  public typealias Fitted = PrincipalComponents
  /// The most columns: their products take 512 MB then.
  public static let largestWidth = 8192
  /// How many directions are kept.
  public let components: Components
  /// Whether coordinates get variance 1.
  public let whitens: Bool

  /// Makes the stage.
  public init(_ components: Components = .all, whitens: Bool = false) {
    self.components = components
    self.whitens = whitens
  }

  /// Takes `components` (a count, or a share of the variance below 1; all without) and `whiten` (false).
  public init(options: inout Options) throws(ConfigurationError) {
    if options.contains("components") {
      let number = try options.number("components")
      if number > 0, number < 1 {
        components = .varianceShare(number)
      } else {
        guard let count = Int(exactly: number), (1...Self.largestWidth).contains(count) else {
          throw options.error(
            "components are a count from 1 to \(Self.largestWidth), or a share of the variance between "
              + "0 and 1, found \(number)", "components")
        }
        components = .count(count)
      }
    } else {
      components = .all
    }
    whitens = try options.bool("whiten", default: false)
  }

  /// `components`, where they are given, and `whiten`.
  public var value: Value {
    let whiten = Value.Entry("whiten", Value(.bool(whitens)))
    return switch components {
    case .all: Value(.map([whiten]))
    case .count(let count): Value(.map([Value.Entry("components", Value(.int(count))), whiten]))
    case .varianceShare(let share):
      Value(.map([Value.Entry("components", Value(.number(share))), whiten]))
    }
  }

  /// The co-moments of no rows.
  public func statistics(for shape: [Int]) -> CoMoments? { CoMoments(width: shape.elementCount) }

  /// One axis of components; nil when the data tell how many.
  public func outputShape(for shape: [Int]) throws(PipelineError) -> [Int]? {
    let width = shape.elementCount
    guard width <= Self.largestWidth else {
      throw PipelineError(
        "pca: rows have \(width) numbers, and \(Self.largestWidth) is the most: the products of all "
          + "pairs would not fit in memory; leave the stage out and begin the network with a narrow "
          + "dense layer")
    }
    switch components {
    case .all: return [width]
    case .varianceShare: return nil
    case .count(let count):
      guard count <= width else {
        throw PipelineError(
          "pca: rows of \(width) numbers have no \(count) components: lower 'components'")
      }
      return [count]
    }
  }

  /// Means, directions and variances.
  public func fitted(
    to statistics: CoMoments?, shape: [Int]
  ) throws(PipelineError) -> PrincipalComponents {
    _ = try outputShape(for: shape)
    guard let statistics, statistics.count >= 2 else {
      throw PipelineError("pca: there are fewer than 2 rows to learn from")
    }
    let (sums, vectors) = try statistics.eigenvectors()
    let width = shape.elementCount
    let variances = sums.map { max(0, $0) / (statistics.count - 1) }
    let total = variances.reduce(0, +)
    var count = width
    switch components {
    case .all: break
    case .count(let wanted): count = wanted
    case .varianceShare(let share):
      var sum = 0.0
      count =
        (variances.firstIndex { variance in
          sum += variance
          return sum > share * total
        } ?? width - 1) + 1
    }
    return PrincipalComponents(
      mean: statistics.mean, components: Array(vectors.prefix(count * width)),
      variance: Array(variances.prefix(count)), totalVariance: total, whitens: whitens,
      shape: shape)
  }
}
