import Configuration
import HDF5

extension Group {
  /// Writes a list of a stage's numbers as a data set.
  func writeNumbers(_ name: String, _ numbers: [Double]) throws(HDF5Error) {
    try createDataset(name, shape: [numbers.count], of: Double.self).write(numbers)
  }

  /// Reads what `writeNumbers` has written; none but `count` finite numbers will do.
  ///
  /// - Throws: `PipelineError` before memory is asked for a list that is longer.
  func readNumbers(
    _ name: String, count: Int, stage: String
  ) throws(PipelineError) -> [Double] {
    let numbers: [Double]
    let found: Int
    do {
      let dataset = try dataset(name)
      found = dataset.shape.elementCount
      numbers = found == count ? try dataset.readAll(as: Double.self) : []
    } catch { throw PipelineError(error) }
    guard found == count, numbers.allSatisfy(\.isFinite) else {
      throw PipelineError(
        "\(place): '\(name)' of the stage \(stage) shall be \(count) finite numbers, and "
          + (found == count ? "not all are finite" : "has \(found)")
          + ": the model file is damaged, write it again")
    }
    return numbers
  }

  /// Reads an attribute that is 0 or 1.
  func flagAttribute(_ name: String) throws(PipelineError) -> Bool {
    let flag: Int
    do { flag = try intAttribute(name) } catch { throw PipelineError(error) }
    guard flag == 0 || flag == 1 else {
      throw PipelineError(
        "\(place): '\(name)' is 0 or 1, found \(flag): the model file is damaged, write it again")
    }
    return flag == 1
  }

  /// Reads an attribute that is a whole number in `range`.
  func countAttribute(
    _ name: String, in range: ClosedRange<Int>
  ) throws(PipelineError) -> Int {
    let count: Int
    do { count = try intAttribute(name) } catch { throw PipelineError(error) }
    guard range.contains(count) else {
      throw PipelineError(
        "\(place): '\(name)' is \(range.lowerBound) to \(range.upperBound), found \(count): the "
          + "model file is damaged, write it again")
    }
    return count
  }
}

extension Options {
  /// A list of finite numbers; nil when the key is absent.
  mutating func numbers(_ key: String) throws(ConfigurationError) -> [Double]? {
    guard value(key) != nil else { return nil }
    var numbers: [Double] = []
    for item in try list(key) {
      guard let number = item.number, number.isFinite else {
        throw error("expected finite numbers, found \(item.summary)", key, item)
      }
      numbers.append(number)
    }
    return numbers
  }
}

extension Value {
  /// A list of numbers as a job file has it.
  static func numbers(_ numbers: [Double]) -> Value {
    Value(.list(numbers.map { Value(.number($0)) }))
  }
}

extension [Int] {
  /// The shape of rows behind a stage that numbers `categoryCount` categories, as `one_hot` has it:
  /// `[categories]` for one column, else one axis more.
  func appendingCategories(_ categoryCount: Int) -> [Int] {
    self == [1] ? [categoryCount] : self + [categoryCount]
  }
}
