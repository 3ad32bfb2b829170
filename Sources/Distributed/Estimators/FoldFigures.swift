/// What a cross validation has measured.
public struct FoldFigures: Sendable, Equatable {
  /// For each part the figures of the model that was not trained on it, by Keras' names: `val_loss`, `val_accuracy`;
  /// of the epoch whose weights the model has.
  public let folds: [[EpochRecord.Result]]

  /// Puts figures together; each part has the same.
  public init(folds: [[EpochRecord.Result]]) { self.folds = folds }

  /// The names of the figures.
  public var names: [String] { folds.first?.map(\.name) ?? [] }

  /// A figure of each part, in order; empty where there is none of that name.
  public func values(_ name: String) -> [Double] {
    folds.compactMap { fold in fold.first { $0.name == name }?.value }
  }

  /// The mean of a figure over the parts; nil where there is none of that name.
  public func mean(_ name: String) -> Double? {
    let values = values(name)
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// The standard deviation of a figure over the parts, with n - 1 in the denominator; nil where there is none.
  public func standardDeviation(_ name: String) -> Double? {
    let values = values(name)
    guard let mean = mean(name), values.count > 1 else { return nil }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot()
  }
}
