internal import Configuration
private import NN

extension SearchJob {
  /// Figures of a trial beside the metrics of its training.
  static let trialFigures = ["seconds", "samples_per_second", "parameters"]

  /// Throws when the objective or a constraint names a figure that the job does not report, or the
  /// job has a command as well as a network.
  func check(_ value: Value) throws(ConfigurationError) {
    let section = value["search"] ?? nil
    let files = configuration.files
    for (key, name) in [
      ("journal", files.journal), ("table", files.table), ("report", files.report),
    ] {
      for output in ["model", "checkpoint"] where value["output"]?[output]?.plainText == name {
        throw ConfigurationError(
          "\(name) is output.\(output), too: choose another name", at: ["search", key],
          origin: section[key]?.origin ?? section.origin)
      }
    }
    if let command = configuration.command {
      for key in ["network", "training", "data", "pipeline"] where value[key] != nil {
        throw ConfigurationError(
          "a search runs either the command of `search.command` or the job's own training: remove "
            + "one of them", at: [key], origin: value[key]?.origin ?? .code)
      }
      try check(command, section)
      return
    }
    if let parts = value["training"]?["validations_per_epoch"], SearchMarker.stands(in: parts) {
      throw ConfigurationError(
        "validations_per_epoch cannot be searched: trials are compared by these steps",
        at: ["training", "validations_per_epoch"], origin: parts.origin)
    }
    guard let reported = reportedFigures(value) else { return }
    let objectives = section["objectives"] ?? section["objective"]
    var places: [Value?] = [objectives]
    if case .list(let items)? = objectives?.kind { places = items }
    for (objective, place) in zip(configuration.objectives, places) {
      try check(objective.metric, reported, ["search", "objective"], place)
    }
    guard case .list(let items)? = section["constraints"]?.kind else { return }
    for (constraint, place) in zip(configuration.constraints, items) where !constraint.isStatic {
      try check(constraint.figure, reported, ["search", "constraints"], place)
    }
  }

  private func check(
    _ figure: String, _ reported: [String], _ keyPath: [String], _ place: Value?
  ) throws(ConfigurationError) {
    guard !reported.contains(figure) else { return }
    let advice: String
    if figure.hasPrefix("val_"), reported.contains(String(figure.dropFirst(4))) {
      advice = "add data.validation, or search.folds"
    } else if SearchObjective.direction(of: figure) != nil,
      Spelling.nearest(to: figure, among: reported) == nil
    {
      advice = "add it to training.metrics, or " + Spelling.advice(for: figure, among: reported)
    } else {
      advice = Spelling.advice(for: figure, among: reported)
    }
    throw ConfigurationError(
      "no training of this job reports '\(figure)': \(advice)", at: keyPath,
      origin: place?.origin ?? .code)
  }

  /// The figures that a training reports; nil when parameters decide about the metrics.
  func reportedFigures(_ value: Value) -> [String]? {
    var names = ["loss"]
    if let metrics = value["training"]?["metrics"] {
      guard case .list(let items) = metrics.kind else { return nil }
      for item in items {
        guard var named = try? NamedOptions(item, at: []), !SearchMarker.stands(in: item) else {
          return nil
        }
        let kind = MetricSet.fullName(named.name)
        let full = (try? named.options.string("name", default: kind)) ?? kind
        if !names.contains(full) { names.append(full) }
      }
    }
    let isNull = if case .null? = value["data"]?["validation"]?.kind { true } else { false }
    let validates = (value["data"]?["validation"] != nil && !isNull) || configuration.foldCount > 1
    return names + (validates ? names.map { "val_" + $0 } : []) + Self.trialFigures
  }

  private func check(_ command: SearchCommand, _ section: Value) throws(ConfigurationError) {
    var known: [String] = []
    if case .map(let entries)? = section["parameters"]?.kind { known = entries.map(\.key) }
    do throws(StudyError) { try CommandTemplate(command.text).check(parameters: known) } catch {
      throw ConfigurationError(
        error.description, origin: section["command"]?.origin ?? section.origin)
    }
  }
}
