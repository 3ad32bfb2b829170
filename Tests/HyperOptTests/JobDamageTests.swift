import Configuration
import HyperOpt
import NN
import Testing

/// Job files with searched values that somebody has damaged.
@Suite struct JobDamageTests {
  private static let words = [
    "0", "-1", "1e300", "-1e300", "1e-320", ".nan", ".inf", "9007199254740993", "null", "[]", "{}",
    "[1, 1]", "true", "adam", "''", "{search: int, low: 0, high: 2}", "{search: boolean}", "2..8",
    "{min: 1e300}", "1e18", "1000",
  ]

  @Test("a damaged search is read or refused in one line, and its space can be surveyed")
  func damage() throws {
    let original = (JobTests.text + Self.more).split(separator: "\n").map(String.init)
    var random = RandomGenerator(seed: 5)
    var accepted = 0
    for _ in 0..<150 {
      var lines = original
      for _ in 0...random.below(3) {
        let place = random.below(lines.count)
        switch random.below(4) {
        case 0: lines.remove(at: place)
        case 1: lines.insert(lines[random.below(lines.count)], at: place)
        default:
          // One of the words behind a colon or a comma becomes another one.
          var parts = lines[place].split(separator: ":", omittingEmptySubsequences: false)
          guard parts.count > 1 else { continue }
          let part = 1 + random.below(parts.count - 1)
          let tail = parts[part].drop { $0 != "," && $0 != "}" && $0 != "]" }
          parts[part] = " " + Self.words[random.below(Self.words.count)] + tail
          lines[place] = parts.joined(separator: ":")
        }
      }
      do {
        let value = try Value(yaml: lines.joined(separator: "\n"), file: "job.yaml")
        _ = try? SearchJob.defaultValue(value)
        let job = try SearchJob(value: value)
        accepted += 1
        _ = job.representative
        let survey = SpaceSurvey(job, TrialCheck(job, featureShape: [2, 3]), count: 3)
        #expect(survey.findings.allSatisfy { !$0.reason.isEmpty })
      } catch {
        let line = error.description
        #expect(line.hasPrefix("job.yaml:") && !line.contains { $0.isNewline }, "\(line)")
      }
    }
    #expect(accepted > 10 && accepted < 140, "\(accepted) of 150 were accepted")
  }

  private static let more = """
      sampler: {gp: {start: 5}}
      forbid: [{training.optimizer: sgd, training.batch_size: {min: 100}}]
      constraints: [parameters < 1e6, val_loss < 2]
      folds: 3
      repeats: 2
    """
}
