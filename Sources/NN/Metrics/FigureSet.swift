/// The loss and the metrics of a network over many batches, whatever the number of its outputs.
///
/// With one output the figures are those of its `MetricSet`: `loss`, `accuracy`. With several they
/// are called as Keras does: `loss`, the weighted sum of all with the penalties on the weights' size,
/// and for each output `NAME_loss` and `NAME_accuracy`.
public struct FigureSet: Sendable {
  private var sets: [MetricSet]
  /// The outputs' names; empty for one output.
  private let outputs: [String]
  /// With several outputs the samples and the sum of the whole loss.
  private var rowCount = 0.0
  private var lossSum = 0.0

  /// The figures of a network with one output.
  public init(_ set: MetricSet) {
    sets = [set]
    outputs = []
  }

  /// The figures of several outputs, whose sets stand in the order of the network's outputs.
  public init(_ sets: [MetricSet], outputs: [String]) {
    precondition(sets.count == outputs.count && !sets.isEmpty, "one set for each output")
    self.sets = sets
    self.outputs = sets.count > 1 ? outputs : []
  }

  /// The names of the results, the loss first.
  public var names: [String] {
    guard !outputs.isEmpty else { return sets[0].names }
    return ["loss"]
      + zip(outputs, sets).flatMap { output, set in set.names.map { "\(output)_\($0)" } }
  }

  /// What was added up: sets of the same kind merge by adding these element by element.
  public var sums: [Double] {
    get { outputs.isEmpty ? sets[0].sums : [rowCount, lossSum] + sets.flatMap(\.sums) }
    set {
      var start = 0
      if !outputs.isEmpty {
        (rowCount, lossSum) = (newValue[0], newValue[1])
        start = 2
      }
      for index in sets.indices {
        let count = sets[index].sums.count
        sets[index].sums = Array(newValue[start..<start + count])
        start += count
      }
    }
  }

  /// Adds the batch that `executor` has just computed, whose whole loss is `lossSum`.
  ///
  /// Allocates nothing.
  public mutating func add(_ executor: Executor, lossSum: Double) {
    let count = executor.batchSize
    guard !outputs.isEmpty else {
      sets[0].add(
        outputs: executor.outputs, targets: UnsafeBufferPointer(executor.targets), rowCount: count,
        lossSum: lossSum)
      return
    }
    rowCount += Double(count)
    self.lossSum += lossSum
    for index in 0..<sets.count {
      sets[index].add(
        outputs: executor.outputs(of: index), targets: executor.targets(of: index),
        rowCount: count, lossSum: executor.lossSum(of: index))
    }
  }

  /// The figures over all samples, the loss first; not a number when nothing was added.
  public func results() -> [(name: String, value: Double)] {
    guard !outputs.isEmpty else { return sets[0].results() }
    var results = [("loss", rowCount > 0 ? lossSum / rowCount : .nan)]
    for (output, set) in zip(outputs, sets) {
      results += set.results().map { ("\(output)_\($0.name)", $0.value) }
    }
    return results
  }

  /// Whether more of the figure `name`, with or without `val_`, is better; nil for figures that are
  /// not among these.
  public func isMoreBetter(_ name: String) -> Bool? {
    guard !outputs.isEmpty else { return sets[0].isMoreBetter(name) }
    let plain = name.hasPrefix("val_") ? String(name.dropFirst(4)) : name
    if plain == "loss" { return false }
    for (output, set) in zip(outputs, sets) where plain.hasPrefix(output + "_") {
      if let isMore = set.isMoreBetter(String(plain.dropFirst(output.count + 1))) { return isMore }
    }
    return nil
  }
}
