extension Collection<Int> {
  /// The product of a shape's axes, 1 without any; nil where it does not fit into an `Int`.
  ///
  /// Shapes come from files: their products are not computed before this has been asked.
  var shapeCount: Int? {
    var count = 1
    for length in self {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard !overflow else { return nil }
      count = product
    }
    return count
  }
}
