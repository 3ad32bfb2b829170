/// The classes of some rows that follow on each other, in as little memory as they take: as numbers of 1, 2, 4, 8 or
/// 16 bits, or as runs of rows of one class.
struct ClassCodes {
  /// The classes' own numbers, in the order of their first rows here.
  let labels: [Int]
  /// How many rows there are.
  let rowCount: Int
  /// Whether a word is a run, its length above the class, or has as many classes as it can hold.
  private let areRuns: Bool
  private let words: [UInt64]

  /// Where a run's length begins in its word.
  private static let lengthShift = 16

  /// Packs the places of rows' classes in `labels`.
  init(_ numbers: [UInt16], labels: [Int]) {
    (self.labels, rowCount) = (labels, numbers.count)
    let perWord = Self.countPerWord(labels.count)
    let wordCount = (numbers.count + perWord - 1) / perWord
    var runCount = 0
    for row in numbers.indices where row == 0 || numbers[row] != numbers[row - 1] { runCount += 1 }
    areRuns = runCount < wordCount
    var words: [UInt64] = []
    if areRuns {
      words.reserveCapacity(runCount)
      for row in numbers.indices {
        if row == 0 || numbers[row] != numbers[row - 1] { words.append(UInt64(numbers[row])) }
        words[words.count - 1] += 1 << Self.lengthShift
      }
    } else {
      let bitCount = UInt64.bitWidth / perWord
      words = [UInt64](repeating: 0, count: wordCount)
      for (row, number) in numbers.enumerated() {
        words[row / perWord] |= UInt64(number) << (row % perWord * bitCount)
      }
    }
    self.words = words
  }

  /// How many classes fit into a word where there are so many.
  private static func countPerWord(_ labelCount: Int) -> Int {
    var bitCount = 1
    while labelCount > 1 << bitCount { bitCount *= 2 }
    return UInt64.bitWidth / bitCount
  }

  /// Calls `body` with the place of each row's class in `labels`, in the rows' order.
  func forEach(_ body: (Int) throws(PipelineError) -> Void) throws(PipelineError) {
    if areRuns {
      for word in words {
        let number = Int(word & (1 << Self.lengthShift - 1))
        for _ in 0..<Int(word >> Self.lengthShift) { try body(number) }
      }
    } else {
      let perWord = Self.countPerWord(labels.count)
      let bitCount = UInt64.bitWidth / perWord
      let mask = UInt64(1) << bitCount - 1
      for row in 0..<rowCount {
        try body(Int(words[row / perWord] >> (row % perWord * bitCount) & mask))
      }
    }
  }

  /// Appends the classes to a message.
  func write(to message: inout ImportMessage) {
    message.append(rowCount)
    message.append(areRuns)
    labels.withUnsafeBytes { message.append($0) }
    words.withUnsafeBytes { message.append($0) }
  }

  /// Reads what `write(to:)` has appended.
  init(from message: inout ImportMessage.Reader) {
    rowCount = message.number()
    areRuns = message.truth()
    labels = message.some { Array($0.bindMemory(to: Int.self)) }
    words = message.some { Array($0.bindMemory(to: UInt64.self)) }
  }
}
