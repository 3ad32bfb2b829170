internal import ArgumentParser
internal import Pipeline

/// `--rows FROM:TO`, either end of which may be left out.
struct RowSelection: ExpressibleByArgument {
  private let lower: Int?
  private let upper: Int?

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    func end(_ text: Substring) -> Int?? {
      if text.isEmpty { return .some(nil) }
      guard let number = Int(text), number >= 0 else { return nil }
      return number
    }
    guard let lower = end(parts[0]), let upper = end(parts[1]) else { return nil }
    if let lower, let upper, lower >= upper { return nil }
    self.lower = lower
    self.upper = upper
  }

  /// The rows of `source` that are meant; whether it has so many is for its reader to say.
  func range(in source: DataSource) throws -> Range<Int> {
    try range(of: try source.open().layout.rowCount, in: source.file)
  }

  /// The rows that are meant of the `count` rows of `file`.
  func range(of count: Int, in file: String) throws(CommandError) -> Range<Int> {
    let lower = lower ?? 0
    let upper = upper ?? count
    guard lower < upper else {
      throw CommandError.usage(
        "--rows \(lower): selects nothing: \(file) has the rows 0:\(count)")
    }
    return lower..<upper
  }
}
