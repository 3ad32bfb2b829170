import Foundation
import TestSupport
import Testing

@Suite("The examples", .serialized)
struct ExampleTests {
  /// What each program prints on n ranks.
  ///
  /// Every folder of Examples has its row.
  static let outputs: [String: @Sendable (Int) -> String] = [
    "01-window": { n in "\(n) ranks wrote numbers that sum to \(n * (n + 1) / 2)\n" },
    "02-slice": { n in "1000 rows on \(n) ranks sum to 1999000\n" },
    "03-train": { _ in "12 epochs, accuracy above 95 %: true\n" },
    "04-predict": { _ in
      "10 rows predicted\nrow,output_0\n"
        + (0..<10).map { "\($0),\(Float($0) / 2)\n" }.joined()
    },
    "05-search": { _ in "12 trials, error below 0.05: true\n" },
    "06-forecast": { _ in "12 months, error below that of last year's figures: true\n" },
    "07-text": { _ in
      "22 different characters, perplexity below half of guessing by frequency: true\n"
    },
    "08-vae": { _ in
      "30 epochs, the bound on the evidence rose: true\n"
        + "64 pictures from the decoder alone on a sheet of 73 x 73\n"
    },
    "09-estimator": { _ in "240 prices, more than 0.6 of their variance explained: true\n" },
    "10-tuning": { _ in
      "3 folds, val_loss and val_r2_score\n"
        + "they differ by less than the worst there is: true\n"
        + "4 trials, the best one's loss below 0.5: true\n"
    },
    "11-source": { _ in
      "600 waves, accuracy above 90 %: true\n600 predictions on 600 lines\n"
        + "an estimator of features, form does so, too: true\n"
    },
  ]
  /// What they are given.
  static let arguments = [
    "06-forecast": [folder.appendingPathComponent("06-forecast/airline_passengers.csv").path],
    "09-estimator": [houses], "10-tuning": [houses],
  ]
  static let houses = folder.deletingLastPathComponent()
    .appendingPathComponent("jobs/tables/houses.csv").path
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Examples")

  @Test("print the same on 1, 2 and 3 ranks", arguments: outputs.keys.sorted(), [1, 2, 3])
  func output(name: String, ranks: Int) throws {
    try withTemporaryFolder { folder in
      let run = try Program(name).run(Self.arguments[name] ?? [], ranks: ranks, in: folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output == Self.outputs[name]?(ranks))
    }
  }

  @Test(
    "also with the one-sided components that several nodes need", arguments: outputs.keys.sorted())
  func components(name: String) throws {
    try withTemporaryFolder { folder in
      let run = try Program(name).run(
        Self.arguments[name] ?? [], ranks: 3, in: folder,
        environment: ["OMPI_MCA_osc": "sm,pt2pt"])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output == Self.outputs[name]?(3))
    }
  }

  @Test("the forecast is drawn beside what was counted")
  func plot() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("forecast.svg").path
      let words = try #require(Self.arguments["06-forecast"]) + [path]
      let run = try Program("06-forecast").run(words, ranks: 1)
      #expect(run.status == 0, "\(run.errors)")
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n"))
      // 144 months were counted, the last 12 are forecast.
      let points = text.components(separatedBy: "points=\"").dropFirst()
        .map { $0.prefix { $0 != "\"" }.split(separator: " ") }
      #expect(points.map(\.count) == [144, 12])
      let last = points.map { line in line.last?.split(separator: ",").compactMap { Double($0) } }
      // Both end in December 1960; the forecast is not the figure that was counted.
      #expect(last[0]?[0] == last[1]?[0] && last[0]?[1] != last[1]?[1])
      #expect(text.contains(">1949<") && text.contains(">1960<"))
    }
  }

  @Test(
    "the README has the program that fits a pipeline, as it runs here, no longer than in Python")
  func readme() throws {
    let program = try String(
      contentsOf: Self.folder.appendingPathComponent("09-estimator/Houses.swift"), encoding: .utf8)
    let start = try #require(program.range(of: "import Distributed"))
    let readme = try String(
      contentsOf: Self.folder.deletingLastPathComponent().appendingPathComponent("README.md"),
      encoding: .utf8)
    let code = program[start.lowerBound...]
    #expect(readme.contains("```swift\n" + code + "```\n"))
    // Lines with code of SparkFlow's README: 32 of its example, 4 of what loads the pipeline and transforms.
    let python = 32 + 4
    let lines = code.split(separator: "\n").map { $0.drop { $0 == " " } }
    let count = lines.count { !$0.isEmpty && !$0.hasPrefix("//") }
    #expect(count <= python)
    #expect(readme.contains("has \(count) lines of code, SparkFlow's \(python)"), "\(count)")
  }

  @Test("each folder of Examples is tested")
  func complete() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
      .filter { !$0.hasPrefix(".") && !$0.hasSuffix(".md") }
    #expect(names.sorted() == Self.outputs.keys.sorted())
  }
}
