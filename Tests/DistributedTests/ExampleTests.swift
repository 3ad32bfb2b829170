import Foundation
import TestSupport
import Testing

/// The programs of `Examples/`, run as their first lines say.
@Suite("Examples", .serialized)
struct ExampleTests {
  @Test("01-window adds in shared memory", arguments: [1, 2, 3])
  func window(ranks: Int) throws {
    let sum = ranks * (ranks + 1) / 2
    try expect(
      "01-window", ranks: ranks, prints: "\(ranks) ranks wrote numbers that sum to \(sum)\n")
  }

  @Test("02-slice reads each row once, on any number of ranks", arguments: [1, 2, 3])
  func slice(ranks: Int) throws {
    try expect("02-slice", ranks: ranks, prints: "1000 rows on \(ranks) ranks sum to 1999000\n")
  }

  @Test("03-train learns", arguments: [1, 2, 3])
  func train(ranks: Int) throws {
    try expect("03-train", ranks: ranks, prints: "12 epochs, accuracy above 95 %: true\n")
  }

  @Test("04-predict writes the rows in order, on any number of ranks", arguments: [1, 2, 3])
  func predict(ranks: Int) throws {
    let rows = (0..<10).map { "\($0),\(Double($0) / 2)\n" }.joined()
    try expect("04-predict", ranks: ranks, prints: "10 rows predicted\nrow,output_0\n" + rows)
  }

  private func expect(_ name: String, ranks: Int, prints expected: String) throws {
    let run = try Program(name).run([], ranks: ranks)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output == expected)
  }
}
