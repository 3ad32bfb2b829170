/// A formula over the numbers of a row: `a / (b + 1)`.
///
/// What is not defined, as 1 / 0 or the logarithm of a number that is not above 0, is a missing value, NaN, and
/// so is a number that is too large. Where a number that is needed is missing, so is the result.
public struct Expression: Sendable, Equatable {
  /// What is done with the numbers on top of the stack.
  enum Operation: Sendable, Equatable {
    /// Pushes a number.
    case number(Double)
    /// Pushes the number of a column.
    case column(Int)
    /// Applies a function to as many numbers as it takes.
    case apply(ExpressionFunction)
  }

  /// The text.
  public let text: String
  /// The names of the columns, each once, in the order in which they come.
  public let columns: [String]
  /// What is done, one after the other.
  let operations: [Operation]
  /// The most numbers that are on the stack.
  let depth: Int

  /// Reads a formula.
  ///
  /// - Throws: `PipelineError` with the place of what is wrong.
  public init(_ text: String) throws(PipelineError) {
    var parser = ExpressionParser(text)
    try parser.run()
    (self.text, columns, operations) = (text, parser.columns, parser.operations)
    var (count, depth) = (0, 0)
    for operation in operations {
      if case .apply(let function) = operation { count -= function.argumentCount }
      count += 1
      depth = max(depth, count)
    }
    self.depth = depth
  }

  /// Writes the results of rows; `columns` has the numbers of each column.
  func evaluate(
    _ columns: [CellColumn], rowCount: Int, into output: UnsafeMutableBufferPointer<Float>
  ) {
    // One number of each row after the other, so that each operation is looked up once for all rows.
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, depth * rowCount)) { stack in
      var count = 0
      for operation in operations {
        switch operation {
        case .number(let number):
          for row in 0..<rowCount { stack[count * rowCount + row] = number }
          count += 1
        case .column(let index):
          let numbers = columns[index].numbers
          for row in 0..<rowCount { stack[count * rowCount + row] = Double(numbers[row]) }
          count += 1
        case .apply(let function):
          count -= function.argumentCount
          let first = count * rowCount
          for row in first..<first + rowCount {
            let result = function.apply {
              stack[row + $0 * rowCount]
            }
            stack[row] = result.isFinite ? result : .nan
          }
          count += 1
        }
      }
      for row in 0..<rowCount {
        let result = Float(stack[row])
        output[row] = result.isFinite ? result : .nan
      }
    }
  }
}
