import Configuration
import Foundation
import NN
import Testing

/// Figures of Keras 3 and scikit-learn, written by Tests/Reference/losses.py.
///
/// Tolerances: Keras adds up 200 samples in float32, about 1e-6 relative; an area may differ by its
/// own stated bound.
@Suite("Metrics against Keras 3 and scikit-learn")
struct MetricReferenceTests {
  /// 200 samples of 4 outputs, the same as in the script.
  struct Samples {
    var outputs: [Float], targets: [Float]
    let weights: [Float]
    let shape = [4]

    init(_ loss: String, logits: Bool = false) {
      func sequence(_ count: Int, _ step: Double, _ phase: Double) -> [Double] {
        (0..<count).map { sin(step * Double($0) + phase) }
      }
      var z = sequence(800, 1.7, 0.3).map { 3 * $0 }
      let labels = (0..<200).map { $0 * 7 / 3 % 4 }
      let more = sequence(200, 2.3, 1)
      for i in 0..<200 { z[4 * i + labels[i]] += 1.2 * more[i] + 1 }
      let real = zip(z, sequence(800, 0.37, 1)).map { $0 + $1 }
      let hot = (0..<800).map { labels[$0 / 4] == $0 % 4 ? Float(1) : 0 }
      weights = sequence(200, 0.9, 2).map { Float((2 * abs($0) * 8).rounded() / 8) }
      let softmax = (0..<800).map { i in
        let row = z[(i / 4 * 4)..<(i / 4 * 4 + 4)].map { exp($0) }
        return Float(row[i % 4] / row.reduce(0, +))
      }
      switch loss {
      case "sparse_categorical_crossentropy", "categorical_crossentropy":
        outputs = logits ? z.map { Float($0) } : softmax
        targets = loss.hasPrefix("sparse") ? labels.map { Float($0) } : hot
      case "binary_crossentropy":
        outputs = z.map { Float(logits ? $0 : 1 / (1 + exp(-$0))) }
        targets = hot
      case "poisson":
        outputs = z.map { Float(abs($0) + 0.2) }
        targets = real.map { Float(abs($0) + 0.1) }
      case "hinge":
        outputs = z.map { Float($0) }
        targets = hot.map { 2 * $0 - 1 }
      default:
        outputs = z.map { Float($0) }
        targets = real.map { Float($0) }
      }
    }

    /// Adds the samples of `range` to `set`.
    func add(_ range: Range<Int>, to set: inout MetricSet, weighted: Bool) {
      let width = targets.count / 200
      outputs.withUnsafeBufferPointer { outputs in
        targets.withUnsafeBufferPointer { targets in
          weights.withUnsafeBufferPointer { weights in
            set.add(
              outputs: UnsafeBufferPointer(
                rebasing: outputs[4 * range.lowerBound..<4 * range.upperBound]),
              targets: UnsafeBufferPointer(
                rebasing: targets[width * range.lowerBound..<width * range.upperBound]),
              rowCount: range.count, lossSum: 0,
              weights: weighted ? UnsafeBufferPointer(rebasing: weights[range]) : nil)
          }
        }
      }
    }
  }

  private func set(_ text: String, _ loss: String) throws -> MetricSet {
    try MetricSet(
      [try yaml(text)], loss: try Loss(try yaml(loss), at: []), outputShape: [4])
  }

  @Test("Every metric has reference numbers", arguments: MetricSet.metricNames)
  func registry(_ name: String) {
    // The likelihood is no figure of Keras': LikelihoodTests.
    #expect(
      LossNumbers.metrics.contains { $0.text == name } || name == "negative_log_likelihood",
      "add \(name) to Tests/Reference/losses.py")
  }

  @Test("Figures are the reference's", arguments: LossNumbers.metrics + LossNumbers.averages)
  func numbers(_ expected: LossNumbers.MetricCase) throws {
    let samples = Samples(expected.loss)
    for (weighted, number) in [(false, expected.plain), (true, expected.weighted)] {
      var set = try set(expected.text, expected.loss)
      #expect(set.results()[1].value.isNaN, "nothing was added")
      samples.add(0..<200, to: &set, weighted: weighted)
      let (name, value) = set.results()[1]
      let tolerance = 3e-6 * max(1, abs(number)) + (set.errorBound(of: name) ?? 0)
      #expect(abs(value - number) < tolerance, "\(value), weighted \(weighted)")
    }
  }

  @Test("The figures of the parts of five ranks are those of one", arguments: LossNumbers.metrics)
  func merging(_ expected: LossNumbers.MetricCase) throws {
    let samples = Samples(expected.loss)
    var whole = try set(expected.text, expected.loss)
    var merged = whole
    samples.add(0..<200, to: &whole, weighted: false)
    for (from, to) in [(0, 31), (31, 32), (32, 90), (90, 90), (90, 200)] {
      var part = try set(expected.text, expected.loss)
      samples.add(from..<to, to: &part, weighted: false)
      merged.merge(part)
    }
    let a = whole.results()[1].value, b = merged.results()[1].value
    let sums =
      MetricSet.metricNames.suffix(Loss.Function.allCases.count) + ["root_", "r2_", "perp"]
    if sums.contains(where: { expected.text.hasPrefix($0) }) {
      // Sums of single precision terms, added up in double precision.
      #expect(abs(a - b) <= 1e-6 * max(1, abs(a)))
    } else {
      #expect(a == b)
      #expect(whole.sums == merged.sums)
    }
  }

  @Test(
    "Figures of logits are those of their probabilities",
    arguments: [
      "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy",
    ])
  func logits(_ loss: String) throws {
    for expected in LossNumbers.metrics + LossNumbers.averages where expected.loss == loss {
      var plain = try set(expected.text, loss)
      var logits = try set(expected.text, "\(loss): {from_logits: true}")
      Samples(loss).add(0..<200, to: &plain, weighted: true)
      Samples(loss, logits: true).add(0..<200, to: &logits, weighted: true)
      let (name, a) = plain.results()[1]
      let b = logits.results()[1].value
      if name == "kl_divergence" { continue }  // knows no logits
      // Rounding may move a score into the next bin.
      #expect(abs(a - b) < 1e-5 + (plain.errorBound(of: name) ?? 0), "\(expected.text): \(a), \(b)")
    }
  }

  /// The areas under the curves of scores, exact, with equal scores as one point.
  private func areas(_ scores: [Float], _ labels: [Bool]) -> (roc: Double, pr: Double) {
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var right = 0.0, wrong = 0.0, roc = 0.0, pr = 0.0
    var i = 0
    while i < order.count {
      var more = 0.0, others = 0.0
      let score = scores[order[i]]
      while i < order.count, scores[order[i]] == score {
        if labels[order[i]] { more += 1 } else { others += 1 }
        i += 1
      }
      roc += others * (right + more / 2)
      let before = right + wrong, slope = more / (more + others)
      let logarithm =
        before > 0 ? ((right - slope * before) * log((before + more + others) / before)) : 0
      pr += slope * (more + logarithm)
      right += more
      wrong += others
    }
    return (roc / right / wrong, pr / right)
  }

  @Test("The bound of an area's error holds, and is not idle", arguments: [1.0, 1e-3, 1e-5, 1e-7])
  func errorBound(_ spread: Double) throws {
    var generator = RandomGenerator(seed: 5)
    let labels = (0..<500).map { _ in generator.below(3) == 0 }
    let scores = labels.map { label in
      Float(0.3 + spread * (generator.uniform(0, 0.6) + (label ? 0.1 : 0)))
    }
    var set = try MetricSet(
      ["roc_auc", "pr_auc"], loss: Loss(.binaryCrossentropy), outputShape: [1])
    #expect(set.sums.count == 2 + 2 * 65536, "both areas share one histogram")
    scores.withUnsafeBufferPointer { scores in
      labels.map { $0 ? 1 : 0 }.withUnsafeBufferPointer { targets in
        set.add(outputs: scores, targets: targets, rowCount: 500, lossSum: 0)
      }
    }
    let exact = areas(scores, labels), found = set.results()
    let roc = try #require(set.errorBound(of: "roc_auc"))
    let pr = try #require(set.errorBound(of: "pr_auc"))
    #expect(abs(found[1].value - exact.roc) <= roc + 1e-12)
    #expect(abs(found[2].value - exact.pr) <= pr + 1e-12)
    #expect(set.errorBound(of: "loss") == nil)
    if spread == 1 { #expect(roc < 1e-4 && pr < 0.02) }
    // All scores in one bin: nothing is known of their order.
    if spread == 1e-7 { #expect(roc == 0.5 && found[1].value == 0.5) }
  }

  @Test("A NaN is the worst score")
  func notANumber() throws {
    var set = try MetricSet(["roc_auc"], loss: Loss(.binaryCrossentropy), outputShape: [1])
    [Float.nan, 0.9, .nan, 0.1].withUnsafeBufferPointer { scores in
      [Float(1), 1, 0, 0].withUnsafeBufferPointer { targets in
        set.add(outputs: scores, targets: targets, rowCount: 4, lossSum: 0)
      }
    }
    #expect(set.results()[1].value == 0.25)
  }

  @Test(
    "Metrics read back the same",
    arguments: LossNumbers.metrics + LossNumbers.averages)
  func roundTrip(_ expected: LossNumbers.MetricCase) throws {
    let set = try set(expected.text, expected.loss)
    guard case .list(let items) = set.value.kind else { return }
    let again = try MetricSet(items, loss: Loss(try yaml(expected.loss), at: []), outputShape: [4])
    #expect(again.value == set.value && again.names == set.names)
    var a = set, b = again
    Samples(expected.loss).add(0..<200, to: &a, weighted: true)
    Samples(expected.loss).add(0..<200, to: &b, weighted: true)
    #expect(a.results()[1].value == b.results()[1].value)
  }

  @Test("The same figure with other options stands under another name")
  func names() throws {
    let set = try MetricSet(
      [["f1": ["average": "micro", "name": "f1_micro"] as Value], "f1_score", "auc", "rmse"],
      loss: Loss(.meanSquaredError), outputShape: [4])
    #expect(set.names == ["loss", "f1_micro", "f1_score", "roc_auc", "root_mean_squared_error"])
  }

  @Test(
    "A wrong metric is an error that says what to do",
    arguments: [
      ("precision: {threshold: 0.5, top_k: 2}", "give either top_k or threshold"),
      ("precision: {class_id: 4}", "class_id: 4 is outside 0...3"),
      ("f1_score: {average: none}", "unknown value 'none'"),
      ("rmse", "rmse cannot compare outputs with class numbers"),
      ("r2", "r2 cannot compare outputs with class numbers"),
      ("categorical_accuracy", "cannot compare outputs with class numbers"),
      ("poisson", "poisson cannot compare outputs with class numbers"),
      ("roc_auc: {name: loss}", "stands twice"),
      ("prcision", "did you mean 'precision'?"),
    ])
  func errors(_ text: String, _ expected: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      _ = try set(text, "sparse_categorical_crossentropy")
    }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    let other = #expect(throws: ConfigurationError.self) {
      _ = try set("sparse_categorical_accuracy", "mse")
    }
    #expect(other?.description.contains("needs class numbers") == true)
    let perplexity = #expect(throws: ConfigurationError.self) { _ = try set("perplexity", "mse") }
    #expect(perplexity?.description.contains("needs classes") == true)
  }
}
