/// What becomes of rows of a text file that cannot be used.
public enum BadRowPolicy: String, Sendable, CaseIterable {
  /// The first one ends the import with an error.
  case stop
  /// They are passed over, counted, and told of with the numbers of their lines.
  case skip
}

/// The rows of a file that were passed over.
public struct BadRows: Sendable, Equatable {
  /// The count of rows.
  public private(set) var count = 0
  /// The lines on which the first ones begin, from 1; at most 20.
  public private(set) var lines: [Int] = []
  /// What was wrong with the first.
  public private(set) var firstProblem = ""
  /// How many rows that can be used stand before each, ascending; of a file of CSV, and of the first
  /// million only.
  package private(set) var places: [Int] = []

  private static let largestLineCount = 20
  /// More are told by their count alone.
  private static let largestPlaceCount = 1 << 20

  /// Takes in a row that begins on `line`; `place`: how many rows that can be used stand before it.
  mutating func add(line: Int, place: Int? = nil, _ problem: String) {
    count += 1
    if let place, places.count < Self.largestPlaceCount { places.append(place) }
    if count == 1 { firstProblem = problem }
    if lines.count < Self.largestLineCount { lines.append(line) }
  }
}

extension BadRows: ImportFinding {
  mutating func merge(_ other: BadRows) { merge(other, behind: 0) }

  /// Takes in what stands behind `rowCount` rows that can be used.
  mutating func merge(_ other: BadRows, behind rowCount: Int) {
    places += other.places.prefix(Self.largestPlaceCount - places.count).map { rowCount + $0 }
    if count == 0 { firstProblem = other.firstProblem }
    count += other.count
    lines += other.lines.prefix(Self.largestLineCount - lines.count)
  }

  func write(to message: inout ImportMessage) {
    message.append(count)
    message.append(lines.count)
    for line in lines { message.append(line) }
    message.append(firstProblem)
    message.append(places.count)
    for place in places { message.append(place) }
  }

  init(from message: inout ImportMessage.Reader) {
    count = message.number()
    for _ in 0..<message.number() { lines.append(message.number()) }
    firstProblem = message.text()
    for _ in 0..<message.number() { places.append(message.number()) }
  }
}
