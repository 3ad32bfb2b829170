import HDF5

/// How targets become numbers, the same for all files of an import.
enum ImportTarget: Sendable {
  /// Nothing is split off.
  case none
  /// Whole numbers, in the smallest type that holds them.
  case whole(ElementType)
  /// Numbers.
  case numbers
  /// Texts, in alphabetical order; each becomes its index.
  case classes([String])

  /// What stands as target in one file.
  struct Survey: Sendable {
    var areAllNumbers = true
    var areAllWhole = true
    var range: ClosedRange<Double>?
    /// The different texts, as long as they could be classes.
    var words: Set<String>? = []

    /// Takes a number in.
    mutating func add(_ number: Double) {
      if number != number.rounded() || abs(number) > 0x1p53 { areAllWhole = false }
      let range = range ?? number...number
      self.range = min(range.lowerBound, number)...max(range.upperBound, number)
    }
  }

  static let largestClassCount = 65_536

  /// Chooses what holds the targets of all files that have some.
  init(_ targets: [Survey]) throws(PipelineError) {
    guard !targets.isEmpty else {
      self = .none
      return
    }
    if targets.allSatisfy(\.areAllNumbers) {
      let low = targets.compactMap { $0.range?.lowerBound }.min() ?? 0
      let high = targets.compactMap { $0.range?.upperBound }.max() ?? 0
      guard targets.allSatisfy(\.areAllWhole) else {
        guard Float(low).isFinite, Float(high).isFinite else {
          throw PipelineError(
            "the target has numbers from \(low) to \(high), which float32 does not hold: scale them"
          )
        }
        self = .numbers
        return
      }
      self = .whole(Self.type(low, high))
      return
    }
    var words: Set<String> = []
    for target in targets {
      guard let more = target.words else {
        throw PipelineError("the target has texts in one file and too many numbers in another")
      }
      words.formUnion(more)
    }
    self = .classes(words.sorted())
  }

  private static func type(_ low: Double, _ high: Double) -> ElementType {
    if low >= 0, high <= 255 { return .uint8 }
    return low >= -0x1p31 && high < 0x1p31 ? .int32 : .int64
  }

  /// The type of the data set.
  var elementType: ElementType {
    switch self {
    case .none, .numbers: .float32
    case .whole(let type): type
    case .classes(let names): names.count <= 256 ? .uint8 : .int32
    }
  }
}

extension ImportTarget.Survey: ImportFinding {
  mutating func merge(_ other: Self) {
    areAllNumbers = areAllNumbers && other.areAllNumbers
    areAllWhole = areAllWhole && other.areAllWhole
    if let more = other.range {
      let range = range ?? more
      self.range =
        min(range.lowerBound, more.lowerBound)...max(range.upperBound, more.upperBound)
    }
    if let more = other.words { words?.formUnion(more) } else { words = nil }
    if let count = words?.count, count > ImportTarget.largestClassCount { words = nil }
  }

  func write(to message: inout ImportMessage) {
    message.append(areAllNumbers)
    message.append(areAllWhole)
    message.append(range != nil)
    if let range {
      message.append(range.lowerBound)
      message.append(range.upperBound)
    }
    message.append(words?.count ?? -1)
    for word in words ?? [] { message.append(word) }
  }

  init(from message: inout ImportMessage.Reader) {
    areAllNumbers = message.truth()
    areAllWhole = message.truth()
    if message.truth() {
      let low = message.double()
      range = low...message.double()
    }
    let wordCount = message.number()
    words = wordCount < 0 ? nil : []
    for _ in 0..<max(0, wordCount) { words?.insert(message.text()) }
  }
}
