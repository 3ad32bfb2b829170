import Foundation
import TestSupport

/// Rows that stages can work with, 97 of each kind.
enum StageRows: Sendable {
  /// Columns of many scales, one with a small spread about a large mean, two constant.
  case numbers
  /// One column of class numbers.
  case labels
  /// Skewed columns, of both signs, one constant, one of zeros.
  case skewed
  /// Skewed columns of numbers above 0.
  case positive
  /// Columns with missing values and repeated numbers.
  case missing

  /// The rows, end to end, and how many columns they have.
  func load() throws -> (rows: [Float], width: Int) {
    switch self {
    case .numbers: (try StageTests.Reference.load().rows, 6)
    case .labels: (try StageTests.Reference.load().labels, 1)
    case .skewed: (try StageReference.load().floats("rows"), 6)
    case .positive: (try StageReference.load().floats("positive"), 2)
    case .missing: (try StageReference.load().floats("missing"), 6)
    }
  }
}

/// What `Tests/Reference/stages.py` wrote: scikit-learn's numbers.
struct StageReference {
  private let lists: [String: [Double?]]

  static func load() throws -> StageReference {
    let data = try Data(contentsOf: fixture("stages.json"))
    struct List: Decodable {
      let numbers: [Double?]
      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let one = try? container.decode(Double.self) {
          numbers = [one]
        } else {
          numbers = try container.decode([Double?].self)
        }
      }
    }
    return StageReference(
      lists: try JSONDecoder().decode([String: List].self, from: data).mapValues(\.numbers))
  }

  /// The numbers of this name, NaN where one is missing.
  func doubles(_ name: String) -> [Double] { (lists[name] ?? []).map { $0 ?? .nan } }
  /// The same in single precision.
  func floats(_ name: String) -> [Float] { doubles(name).map { Float($0) } }
}
