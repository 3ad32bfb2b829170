public import Configuration

/// The stage `one_hot`: a class number k becomes a row of zeros with a one at place k.
///
/// Classes are 0 ..< `classes`; without that key the largest class number in the data tells.
public struct OneHot: Estimator {
  /// How many classes there are; nil when the data tell.
  public let classCount: Int?

  /// Makes the stage.
  public init(classCount: Int? = nil) {
    self.classCount = classCount
  }

  /// Takes `classes`, which may be left out.
  public init(options: inout Options) throws(ConfigurationError) {
    classCount =
      options.contains("classes")
      ? try options.int("classes", in: 1...ClassRange.maximumClassCount) : nil
  }

  /// `classes`, when it is known.
  public var value: Value {
    Value(.map(classCount.map { [Value.Entry("classes", Value(.int($0)))] } ?? []))
  }

  /// Nothing, or the range of class numbers.
  public func statistics(for shape: [Int]) -> ClassRange? {
    classCount == nil ? ClassRange(width: shape.elementCount) : nil
  }

  /// One axis more, or the axis itself when it has one column; nil when the data tell.
  public func outputShape(for shape: [Int]) -> [Int]? {
    classCount.map { OneHotEncoding(classCount: $0, inputShape: shape).outputShape }
  }

  /// The stage with its count of classes.
  public func fitted(
    to statistics: ClassRange?, shape: [Int]
  ) throws(PipelineError) -> OneHotEncoding {
    let count: Int
    if let classCount {
      count = classCount
    } else if let statistics {
      count = try statistics.classCount()
    } else {
      throw PipelineError("one_hot: there are no rows to count classes in; give 'classes'")
    }
    return OneHotEncoding(classCount: count, inputShape: shape)
  }
}
