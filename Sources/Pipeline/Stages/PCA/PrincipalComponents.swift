public import HDF5

/// The fitted stage `pca`.
public struct PrincipalComponents: Transformer {
  /// `pca`.
  public static let name = "pca"
  /// The mean of each column.
  public let mean: [Double]
  /// The directions, `[components, columns]`, row-major, each of length 1.
  public let components: [Double]
  /// The variance of the rows in each direction, descending.
  public let variance: [Double]
  /// The sum of the columns' variances, which that of all directions is, too.
  public let totalVariance: Double
  /// Whether coordinates get variance 1.
  public let whitens: Bool
  /// One axis of components.
  public let outputShape: [Int]
  /// The directions with the factors of whitening, `[columns, components]`.
  private let kernel: [Float]

  /// Makes the stage from its numbers, for rows of `shape`.
  public init(
    mean: [Double], components: [Double], variance: [Double], totalVariance: Double,
    whitens: Bool, shape: [Int]
  ) {
    let width = shape.elementCount
    precondition(mean.count == width && components.count == variance.count * width)
    self.mean = mean
    self.components = components
    self.variance = variance
    self.totalVariance = totalVariance
    self.whitens = whitens
    outputShape = [variance.count]
    // What rounding alone makes of a direction in which rows do not differ; as NumPy's matrix_rank.
    let bound = (variance.first ?? 0) * Double(width) * Double.ulpOfOne
    let factors = variance.map { !whitens ? 1 : $0 > bound ? 1 / $0.squareRoot() : 0 }
    kernel = (0..<width * variance.count).map { index in
      let (column, component) = (index / variance.count, index % variance.count)
      return Float(components[component * width + column] * factors[component])
    }
  }

  /// None.
  public var affine: Affine? { nil }

  /// Writes rows of coordinates.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) {
    let (width, count) = (mean.count, variance.count)
    output.update(repeating: 0, count: rowCount * count)
    kernel.withUnsafeBufferPointer { kernel in
      guard let kernel = kernel.baseAddress else { return }
      for row in 0..<rowCount {
        let sums = output + row * count
        for column in 0..<width {
          // Centred in double precision: a large mean must not drown what differs.
          let deviation = Float(Double(rows[row * width + column]) - mean[column])
          let factors = kernel + column * count
          for component in 0..<count { sums[component] += deviation * factors[component] }
        }
      }
    }
  }

  /// Writes the data sets `mean`, `components` and `variance`, and the attributes `total_variance` and
  /// `whiten`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeNumbers("mean", mean)
    try group.writeNumbers("variance", variance)
    try group.createDataset(
      "components", shape: [variance.count, mean.count], of: Double.self
    ).write(components)
    try group.writeAttribute("total_variance", totalVariance)
    try group.writeAttribute("whiten", whitens ? 1 : 0)
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    let width = shape.elementCount
    let count: Int
    let total: Double
    do {
      count = try group.dataset("variance").shape.elementCount
      total = try group.numberAttribute("total_variance")
    } catch { throw PipelineError(error) }
    guard width <= PCA.largestWidth, count >= 1, count <= width, total >= 0, total.isFinite else {
      throw PipelineError(
        "\(group.place): \(count) components of \(width) columns with a variance of \(total) are not "
          + "possible: the model file is damaged, write it again")
    }
    let variance = try group.readNumbers("variance", count: count, stage: Self.name)
    guard variance.allSatisfy({ $0 >= 0 }) else {
      throw PipelineError(
        "\(group.place): 'variance' has numbers below 0: the model file is damaged, write it again")
    }
    self.init(
      mean: try group.readNumbers("mean", count: width, stage: Self.name),
      components: try group.readNumbers("components", count: count * width, stage: Self.name),
      variance: variance, totalVariance: total, whitens: try group.flagAttribute("whiten"),
      shape: shape)
  }
}
