internal import Configuration

/// A job file whose searched values were found, before anything is asked of the search itself.
struct OpenJob {
  /// The job without its section `search`.
  let template: JobTemplate
  /// `search.parameters`.
  let commandTemplate: JobTemplate
  /// The parameter that stands for `ranks_per_trial`, where it is searched.
  let ranksParameter: String?
  /// All searched values in the order of the file.
  let found: [TemplateReader.Found]

  /// Reads a job file's tree.
  init(_ value: Value) throws(ConfigurationError) {
    var reader = TemplateReader()
    var job = value
    if case .map(let entries) = value.kind {
      job.kind = .map(entries.filter { $0.key != "search" })
    }
    template = try reader.template(job, at: [])
    var ranksParameter: String?
    var commandTemplate = JobTemplate.constant([:])
    if let section = value["search"] {
      if let parameters = section["parameters"] {
        guard case .map = parameters.kind else {
          throw ConfigurationError(
            "expected names with their values, found \(parameters.summary)",
            at: ["search", "parameters"], origin: parameters.origin)
        }
        guard section["command"] != nil else {
          throw ConfigurationError(
            "only a `command` takes its parameters from here: put `search:` maps in place of the "
              + "job's values",
            at: ["search", "parameters"], origin: parameters.origin)
        }
        commandTemplate = try reader.template(parameters, at: [])
      }
      if let ranks = section["ranks_per_trial"], SearchMarker.stands(in: ranks) {
        if case .parameter(let name, let distribution, _) = try reader.template(
          ranks, at: ["ranks_per_trial"]), case .int(1..., _, _, _) = distribution
        {
          ranksParameter = name
        } else if let last = reader.found.last,
          last.marker.choices?.allSatisfy({ ($0.int ?? 0) >= 1 }) == true
        {
          ranksParameter = last.name
        } else {
          throw ConfigurationError(
            "ranks are whole numbers from 1: search an int or choices of whole numbers",
            at: ["search", "ranks_per_trial"], origin: ranks.origin)
        }
      }
    }
    self.ranksParameter = ranksParameter
    self.commandTemplate = commandTemplate
    found = reader.found
  }

  /// Where the parameters stand.
  var origins: [String: Value.Origin] {
    Dictionary(found.map { ($0.name, $0.marker.origin) }) { first, _ in first }
  }

  /// The parameters with whose other values trained weights cannot go on, whatever they are called:
  /// all but those of the training and the distribution, and the choice of an optimizer.
  var namesOfShapes: [String] {
    found.filter { item in
      switch item.keyPath.first {
      case "training": item.keyPath == ["training", "optimizer"]
      case "distribution": false
      default: true
      }
    }.map(\.name)
  }

  /// The parameters, parents first, with all their conditions, and the forbidden combinations.
  func space(
    forbidding forbid: Value?, origin: Value.Origin
  ) throws(ConfigurationError) -> SearchSpace {
    guard !found.isEmpty else {
      throw ConfigurationError(
        "the search space is empty: put a map such as {search: log-float, low: 1e-4, high: 1} in "
          + "place of at least one value of the job", at: ["search"], origin: origin)
    }
    let parameters = try sorted(try self.parameters())
    var clauses: [[Condition]] = []
    if let forbid {
      guard case .list(let items) = forbid.kind else {
        throw ConfigurationError(
          "expected a list of maps, found \(forbid.summary)", at: ["search", "forbid"],
          origin: forbid.origin)
      }
      for item in items {
        clauses.append(try conditions.conditions(item, at: ["search", "forbid"]))
      }
    }
    do throws(StudyError) { return try SearchSpace(parameters, forbidding: clauses) } catch {
      throw ConfigurationError(error.description, at: ["search"], origin: origin)
    }
  }

  private var conditions: ConditionReader {
    ConditionReader(
      distributions: Dictionary(found.map { ($0.name, $0.marker.distribution) }) { first, _ in first
      }, names: found.map(\.name))
  }

  private func parameters() throws(ConfigurationError) -> [Parameter] {
    let reader = conditions
    var result: [Parameter] = []
    for item in found {
      var all = item.conditions
      if let when = item.marker.when {
        all += try reader.conditions(when, at: item.keyPath + ["when"], suffix: item.suffix)
      }
      result.append(
        Parameter(
          item.name, item.marker.distribution, when: all, default: item.marker.defaultValue))
    }
    return result
  }

  /// Each parameter behind those that its conditions name; otherwise in the order of the file.
  private func sorted(_ parameters: [Parameter]) throws(ConfigurationError) -> [Parameter] {
    var rest = parameters
    var result: [Parameter] = []
    var known: Set<String> = []
    while let index = rest.firstIndex(where: { parameter in
      parameter.conditions.allSatisfy { known.contains($0.parameter) }
    }) {
      let next = rest.remove(at: index)
      known.insert(next.name)
      result.append(next)
    }
    guard let first = rest.first else { return result }
    throw ConfigurationError(
      "the conditions of '\(first.name)' lead back to itself: a parameter's `when:` may only name "
        + "parameters that do not depend on it", origin: origins[first.name] ?? .code)
  }
}
