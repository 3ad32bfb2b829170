/// A time limit as `sbatch --time` takes it.
package struct BatchTime: Equatable {
  /// The text as it was given.
  package let text: String
  /// The same in seconds.
  package let seconds: Int

  /// Reads `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`,
  /// `days-hours:minutes` or `days-hours:minutes:seconds`; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let last = parts.last else { return nil }
    let fields = last.split(separator: ":", omittingEmptySubsequences: false).map { field in
      field.allSatisfy { $0.isASCII && $0.isNumber } ? Int(field) : nil
    }
    let numbers = fields.compactMap { $0 }
    guard numbers.count == fields.count, (1...3).contains(numbers.count),
      numbers.allSatisfy({ $0 <= 1_000_000 })
    else { return nil }
    var seconds: Int
    if parts.count == 2 {
      guard let days = Int(parts[0]), (0...10000).contains(days) else { return nil }
      let padded = numbers + [0, 0]
      seconds = ((days * 24 + padded[0]) * 60 + padded[1]) * 60 + padded[2]
    } else {
      switch numbers.count {
      case 1: seconds = numbers[0] * 60
      case 2: seconds = numbers[0] * 60 + numbers[1]
      default: seconds = (numbers[0] * 60 + numbers[1]) * 60 + numbers[2]
      }
    }
    guard seconds > 0 else { return nil }
    self.text = text
    self.seconds = seconds
  }
}
