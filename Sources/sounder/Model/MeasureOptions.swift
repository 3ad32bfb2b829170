internal import ArgumentParser
private import Configuration
internal import Distributed

/// What is measured: shared by the commands that evaluate.
struct MeasureOptions: ParsableArguments {
  @Flag(
    help: """
      Tell precision, recall, F1, specificity, accuracy, cross-entropy, areas under curves and rows of each class \
      or label, and their means: macro over classes, weighted over rows.
      """)
  var perClass = false

  @Option(
    help: ArgumentHelp(
      """
      The metrics, as in training.metrics: accuracy,f1_score: {average: micro}, or all that fit. Of several \
      outputs each is measured of those that it fits, or of one that is named: digit: [accuracy]. \
      (default: those of the model's job)
      """, valueName: "all|list"))
  var metrics: String?

  func validate() throws { _ = try values() }

  /// The options as an evaluator takes them.
  var request: EvaluationRequest {
    var request = EvaluationRequest()
    request.tellsClasses = perClass
    if metrics == "all" {
      request.metrics = .every
    } else if let values = try? values() {
      request.metrics = .these(values)
    }
    return request
  }

  /// The metrics that are listed; nil where none are.
  private func values() throws -> [Value]? {
    guard let metrics, metrics != "all" else { return nil }
    let tree = try? Value(yaml: "[\(metrics)]", file: "--metrics")
    guard case .list(let items)? = tree?.kind, !items.isEmpty else {
      throw ValidationError(
        "--metrics \(metrics) is no list of metrics: name them as in accuracy,roc_auc or "
          + "\"accuracy, f1_score: {average: micro}\"")
    }
    return items
  }
}
