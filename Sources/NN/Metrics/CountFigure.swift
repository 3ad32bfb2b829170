internal import Configuration

/// Precision, recall or F1: a figure of how often each class was predicted and true.
///
/// As Keras' `Precision`, `Recall` and `F1Score`, with the averages of scikit-learn's functions.
struct CountFigure: Sendable, Equatable {
  /// Which figure: TP / (TP + FP), TP / (TP + FN), or their harmonic mean 2 TP / (2 TP + FP + FN).
  enum Figure: Sendable {
    case precision, recall, f1
  }

  /// How the classes' figures become one.
  enum Average: String, Sendable, CaseIterable {
    /// The figure of the sums of all classes' counts.
    case micro
    /// The mean of the classes' figures.
    case macro
    /// The mean of the classes' figures, each weighing as often as its class is true.
    case weighted
  }

  /// Which outputs count as predicted.
  enum Choice: Sendable, Equatable {
    /// Those above a probability.
    case above(Double)
    /// The k largest of a row.
    case largest(Int)
  }

  let figure: Figure
  let choice: Choice
  let classID: Int?
  let average: Average
  /// The options that do not have their defaults.
  let entries: [Value.Entry]

  static func == (a: CountFigure, b: CountFigure) -> Bool {
    a.figure == b.figure && a.choice == b.choice && a.classID == b.classID
      && a.average == b.average
  }

  /// Reads `threshold` or `top_k`, `class_id` and `average` for rows of `columns` outputs;
  /// `isBinary` says whether each output is a yes or no of its own.
  init(
    _ name: MetricName, _ options: inout Options, columns: Int, isBinary: Bool
  ) throws(ConfigurationError) {
    figure =
      switch name {
      case .precision: .precision
      case .recall: .recall
      default: .f1
      }
    var entries: [Value.Entry] = []
    // Keras: precision and recall count what is above 0.5, F1 the largest of a row.
    var choice = figure == .f1 && !isBinary ? Choice.largest(1) : .above(0.5)
    if options.value("top_k") != nil {
      let k = try options.int("top_k", in: 1...max(1, columns))
      guard options.value("threshold") == nil else {
        throw options.error("give either top_k or threshold", "threshold")
      }
      choice = .largest(k)
      entries.append(.init("top_k", Value(.int(k))))
    } else if options.value("threshold") != nil {
      let threshold = try options.number("threshold", in: 0...1)
      choice = .above(threshold)
      entries.append(.init("threshold", Value(.number(threshold))))
    }
    self.choice = choice
    classID = try options.classID(columns: columns)
    if let classID { entries.append(.init("class_id", Value(.int(classID)))) }
    let fallback = figure == .f1 ? Average.macro : .micro
    let text = try options.choice(
      "average", among: Average.allCases.map(\.rawValue), default: fallback.rawValue)
    average = Average(rawValue: text) ?? fallback
    if average != fallback { entries.append(.init("average", Value(.string(text)))) }
    self.entries = entries
  }

  /// The figure from true positives, false positives and false negatives of each class, three
  /// numbers a class; 0 where it would be 0 / 0.
  func result(_ sums: UnsafePointer<Double>, columns: Int) -> Double {
    if let classID { return value(sums + 3 * classID) }
    switch average {
    case .micro:
      var counts = (0.0, 0.0, 0.0)
      for j in 0..<columns {
        counts.0 += sums[3 * j]
        counts.1 += sums[3 * j + 1]
        counts.2 += sums[3 * j + 2]
      }
      return value(counts.0, counts.1, counts.2)
    case .macro, .weighted:
      var sum = 0.0, weights = 0.0
      for j in 0..<columns {
        let weight = average == .macro ? 1 : sums[3 * j] + sums[3 * j + 2]
        sum += weight * value(sums + 3 * j)
        weights += weight
      }
      return weights == 0 ? 0 : sum / weights
    }
  }

  private func value(_ counts: UnsafePointer<Double>) -> Double {
    value(counts[0], counts[1], counts[2])
  }

  private func value(_ right: Double, _ wrong: Double, _ missed: Double) -> Double {
    let (top, bottom) =
      switch figure {
      case .precision: (right, right + wrong)
      case .recall: (right, right + missed)
      case .f1: (2 * right, 2 * right + wrong + missed)
      }
    return bottom == 0 ? 0 : top / bottom
  }
}
