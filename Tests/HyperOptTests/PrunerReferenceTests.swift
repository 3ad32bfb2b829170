import Configuration
import Foundation
import HyperOpt
import Testing
import TestSupport

/// The trials that other software stops are those that ours stop.
@Suite struct PrunerReferenceTests {
  /// Expected values: `Tests/Reference/pruners.py` (Optuna 5.0).
  @Test("pruners stop the same trials at the same steps as Optuna's")
  func decisions() throws {
    let text = try String(contentsOf: fixture("pruners.json"), encoding: .utf8)
    guard case .list(let cases) = try Value(json: text).kind else { throw Missing() }
    var checked = 0
    for item in cases {
      let direction = try #require(item["direction"]?.string.flatMap(Direction.init))
      let curves = try #require(item["curves"]?.items).map { row in
        (row.items ?? []).map { $0.number ?? .nan }
      }
      for expected in item["expected"]?.items ?? [] {
        let options = try #require(expected["pruner"])
        // Optuna's lets a trial go on that reports nothing but NaN any more; ours stops it.
        if item["kind"]?.string == "broken", options["patience"] != nil { continue }
        let pruner = try PrunerRegistry.pruner(options)
        let stops = try stops(curves, direction: direction, pruner: pruner)
        let wanted = (expected["stops"]?.items ?? []).map(\.int)
        #expect(stops == wanted, "\(item["kind"]?.string ?? "") \(direction) \(options)")
        checked += 1
      }
    }
    #expect(checked == 74)
  }

  private struct Missing: Error {}

  private func stops(
    _ curves: [[Double]], direction: Direction, pruner: any Pruner
  ) throws -> [Int?] {
    var study = try PrunedStudy(direction: direction)
    return curves.map { curve in study.run(curve, pruner: pruner, lastStep: nil) }
  }
}

extension Value {
  fileprivate var items: [Value]? {
    guard case .list(let items) = kind else { return nil }
    return items
  }

  fileprivate var string: String? {
    guard case .string(let text) = kind else { return nil }
    return text
  }
}
