/// The mean of a figure over batches of a simulation, and whether it is known well enough.
///
/// The first batch is dropped: the queues fill in it. The mean is known when its standard error, from the
/// batches' own means, is below half a percent; after `limit` batches it is taken as it is.
struct SteadyState {
  private(set) var values: [Double] = []
  private var isWarm = false
  private static let limit = 40
  private static let accuracy = 0.005

  /// Takes the figure of the next batch; gives whether it counts.
  mutating func add(_ value: Double) -> Bool {
    guard isWarm else {
      isWarm = true
      return false
    }
    values.append(value)
    return true
  }

  var mean: Double { values.reduce(0, +) / Double(max(1, values.count)) }

  /// The standard error of the mean over the mean.
  var error: Double {
    guard values.count > 1, mean > 0 else { return 0 }
    let mean = mean
    let sum = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (sum / Double(values.count - 1) / Double(values.count)).squareRoot() / mean
  }

  var isKnown: Bool {
    values.count >= Self.limit || values.count >= 5 && error < Self.accuracy
  }
}
