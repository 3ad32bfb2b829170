public import Configuration
public import HDF5

/// The stage `polynomial`: all products of at most `degree` columns of a row, as one axis.
///
/// In order of their degree, and within one in that of the columns: for a, b and degree 2 these are
/// a, b, a², ab, b². With `interaction_only` no column is taken twice; with `bias` a 1 comes first.
/// - Source: scikit-learn's `PolynomialFeatures`, whose bias is on without being asked for.
public struct Polynomial: Estimator, Transformer {
  /// `polynomial`.
  public static let name = "polynomial"
  /// What degrees may be.
  public static let degreeRange = 1...10
  /// The most numbers that a row may become.
  public static let largestCount = 1 << 20
  /// The most factors of a product.
  public let degree: Int
  /// Whether a column is at most once in a product.
  public let isInteractionOnly: Bool
  /// Whether a 1 comes first.
  public let hasBias: Bool
  /// One axis, as long as there are products.
  public let outputShape: [Int]
  private let width: Int
  // Product p is product parents[p], or 1 where that is negative, times column factors[p].
  private let parents: [Int32]
  private let factors: [Int32]

  /// Makes the stage.
  public init(degree: Int = 2, interactionOnly: Bool = false, bias: Bool = false) {
    precondition(Self.degreeRange.contains(degree), "a polynomial of degree \(degree)")
    self.degree = degree
    isInteractionOnly = interactionOnly
    hasBias = bias
    width = 0
    (parents, factors) = ([], [])
    outputShape = []
  }

  /// For rows of `width` numbers; the count of products has been checked.
  private init(_ other: Polynomial, width: Int) {
    (degree, isInteractionOnly) = (other.degree, other.isInteractionOnly)
    hasBias = other.hasBias
    self.width = width
    let first = hasBias ? 1 : 0
    var parents: [Int32] = []
    var factors: [Int32] = []
    var last = -1..<0
    for _ in 0..<degree {
      let start = first + factors.count
      for parent in last {
        // Columns ascend in a product, so that it is made once.
        var column = 0
        if parent >= first {
          column = Int(factors[parent - first]) + (isInteractionOnly ? 1 : 0)
        }
        while column < width {
          parents.append(Int32(parent))
          factors.append(Int32(column))
          column += 1
        }
      }
      last = start..<first + factors.count
    }
    (self.parents, self.factors) = (parents, factors)
    outputShape = [first + factors.count]
  }

  /// Takes `degree` (2 without), `interaction_only` and `bias` (false).
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      degree: try options.int("degree", default: 2, in: Self.degreeRange),
      interactionOnly: try options.bool("interaction_only", default: false),
      bias: try options.bool("bias", default: false))
  }

  /// `degree`, `interaction_only` and `bias`.
  public var value: Value {
    [
      "degree": Value(.int(degree)), "interaction_only": Value(.bool(isInteractionOnly)),
      "bias": Value(.bool(hasBias)),
    ]
  }

  /// Nothing is learnt.
  public func statistics(for shape: [Int]) -> NoStatistics? { nil }

  /// The stage itself, for rows of `shape`.
  public func fitted(
    to statistics: NoStatistics?, shape: [Int]
  ) throws(PipelineError) -> Polynomial {
    _ = try outputShape(for: shape)
    return Polynomial(self, width: shape.elementCount)
  }

  /// As many numbers as there are products.
  public func outputShape(for shape: [Int]) throws(PipelineError) -> [Int]? {
    let width = shape.elementCount
    var count = hasBias ? 1.0 : 0
    // Products of d columns of n: n (n + 1) ... (n + d - 1) / d!, or n (n - 1) ... without squares.
    var products = 1.0
    for d in 1...degree {
      let choices = isInteractionOnly ? max(0, width - d + 1) : width + d - 1
      products *= Double(choices) / Double(d)
      count += products.rounded()
    }
    guard count <= Double(Self.largestCount) else {
      throw PipelineError(
        "polynomial: rows of \(width) numbers would become rows of \(count), and "
          + "\(Self.largestCount) is the most: lower 'degree', set 'interaction_only', or put 'pca' "
          + "before it")
    }
    guard count > 0 else { throw PipelineError("polynomial: rows have no numbers") }
    return [Int(count)]
  }

  /// None.
  public var affine: Affine? { nil }

  /// Writes rows of products.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) {
    let first = hasBias ? 1 : 0
    let count = first + factors.count
    for row in 0..<rowCount {
      let input = rows + row * width
      let products = output + row * count
      if hasBias { products[0] = 1 }
      for index in factors.indices {
        let parent = Int(parents[index])
        let factor = input[Int(factors[index])]
        products[first + index] = parent < 0 ? factor : products[parent] * factor
      }
    }
  }

  /// Writes the attributes `degree`, `interaction_only` and `bias`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("degree", degree)
    try group.writeAttribute("interaction_only", isInteractionOnly ? 1 : 0)
    try group.writeAttribute("bias", hasBias ? 1 : 0)
  }

  /// Reads the attributes `degree`, `interaction_only` and `bias`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    let stage = Polynomial(
      degree: try group.countAttribute("degree", in: Self.degreeRange),
      interactionOnly: try group.flagAttribute("interaction_only"),
      bias: try group.flagAttribute("bias"))
    self = try stage.fitted(to: nil, shape: shape)
  }
}
