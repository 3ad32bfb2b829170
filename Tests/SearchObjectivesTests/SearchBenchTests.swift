import Foundation
import TestSupport
import Testing

/// The benchmark's runner and its comparison, run as `make bench-search` runs them.
@Suite struct SearchBenchTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Benchmarks/search").standardized

  /// The rows of a raw file without the CPU time.
  private func rows(_ file: URL) throws -> [Substring] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      line[..<(line.lastIndex(of: ",") ?? line.endIndex)]
    }
  }

  @Test(
    "a raw file that was cut short is completed to the same rows", arguments: ["seq", "async8"])
  func resumes(mode: String) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("raw.csv")
      func run() throws -> Program.Run {
        try Program("search-bench").run([
          "--sampler", "random", "--objectives", "branin,gbm_cancer", "--seeds", "7-8", "--mode",
          mode, "--evaluations", "20", "--output", file.path,
        ])
      }
      #expect(try run().status == 0)
      let whole = try rows(file)
      #expect(whole.count == 1 + 2 * 2 * 20)
      let bytes = try Data(contentsOf: file)
      try bytes.prefix(bytes.count * 3 / 5).write(to: file)
      #expect(try run().status == 0)
      #expect(try rows(file) == whole)
    }
  }

  @Test("the best value never rises and is the smallest so far")
  func best() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("raw.csv")
      let run = try Program("search-bench").run([
        "--sampler", "random", "--objectives", "branin", "--seeds", "1", "--evaluations", "30",
        "--output", file.path,
      ])
      #expect(run.status == 0)
      var best = Double.infinity
      for row in try rows(file).dropFirst() {
        let fields = row.split(separator: ",")
        best = min(best, try #require(Double(fields[5])))
        #expect(Double(fields[6]) == best)
      }
      #expect(best.isFinite)
    }
  }

  @Test("an unknown objective or sampler is named in one line, exit code 64")
  func unknownNames() throws {
    for (option, name) in [("--objectives", "branin7"), ("--sampler", "randon")] {
      let run = try Program("search-bench").run(["--sampler", "random", option, name])
      #expect(run.status == 64)
      #expect(run.errors.contains(name))
    }
  }

  @Test("the comparison's statistics give SciPy's values")
  func statistics() throws {
    let python = "/usr/bin/python3"
    guard FileManager.default.isExecutableFile(atPath: python) else {
      try Test.cancel("no \(python) here: the comparison needs Python")
    }
    let test = Self.folder.appendingPathComponent("test_compare.py").path
    let run = try Program(python).run(["-B", test])
    #expect(run.status == 0, "\(run.errors)")
  }
}
