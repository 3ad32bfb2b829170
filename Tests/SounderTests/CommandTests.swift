import Foundation
import TestSupport
import Testing

/// Suites that run `sounder` in a folder, and go on only where it ends as it should.
protocol CommandTests {}

extension CommandTests {
  /// Runs `sounder` to its end, on `ranks` ranks where they are given.
  ///
  /// - Throws: where the exit code is another than `status`: what it has said is in the failure.
  @discardableResult
  func run(
    _ words: [String], ranks: Int? = nil, in folder: URL, status: Int32 = 0
  ) throws -> Program.Run {
    let run = try Program().run(words, ranks: ranks, in: folder)
    try #require(run.status == status, "\(words): \(run.status) \(run.output) \(run.errors)")
    return run
  }

  /// The object that `text` is in JSON.
  ///
  /// - Throws: where it is none, with the text in the failure.
  func tree(_ text: some StringProtocol) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
  }
}
