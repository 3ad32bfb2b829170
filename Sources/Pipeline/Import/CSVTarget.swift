import HDF5

/// How the target's column becomes numbers, the same for all CSV files of an import.
enum CSVTarget {
  /// Nothing is split off.
  case none
  /// Whole numbers, in the smallest type that holds them.
  case whole(ElementType)
  /// Numbers.
  case numbers
  /// Texts, in alphabetical order; each becomes its index.
  case classes([String])

  /// Chooses what holds the targets of all files.
  init(surveys: [CSVSurvey]) throws(PipelineError) {
    let targets = surveys.filter { $0.targetColumn != nil }.map(\.target)
    guard !targets.isEmpty else {
      self = .none
      return
    }
    if targets.allSatisfy(\.areAllNumbers) {
      guard targets.allSatisfy(\.areAllWhole) else {
        self = .numbers
        return
      }
      let low = targets.compactMap { $0.range?.lowerBound }.min() ?? 0
      let high = targets.compactMap { $0.range?.upperBound }.max() ?? 0
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
