internal import Configuration
private import NN

/// Finds the searched values of a job file and makes parameters of them.
struct TemplateReader {
  /// A parameter as it was found; its `when` is still to be read.
  struct Found {
    var name: String
    var marker: SearchMarker
    /// What the place itself asks: the choices and counts that it depends on.
    var conditions: [Condition]
    var suffix: String
    var keyPath: [String]
  }

  /// What a place in the file depends on.
  struct Context {
    var conditions: [Condition] = []
    var suffix = ""
    /// Whether the repetitions of some layers share what is searched here.
    var isShared = false
    /// Whether the lists may have items `repeat`.
    var isNetwork = false
  }

  /// The parameters in the order of the file.
  private(set) var found: [Found] = []

  /// More parameters than any search has.
  private static let mostParameters = 1000

  /// How many layers may still be written out.
  private var budget = NetworkConfiguration.mostLayers

  /// More repetitions than any network has layers: larger numbers are mistakes.
  private static let mostRepetitions = NetworkConfiguration.mostRepetitions

  /// Reads `value`, which stands at `path`.
  mutating func template(
    _ value: Value, at path: [String], in context: Context = Context()
  ) throws(ConfigurationError) -> JobTemplate {
    if !path.isEmpty, SearchMarker.stands(in: value) {
      return try marker(value, at: path, in: context)
    }
    switch value.kind {
    case .map(let entries):
      var fields: [JobTemplate.Field] = []
      for entry in entries {
        var inner = context
        if path.isEmpty { inner.isNetwork = entry.key == "network" }
        let template = try template(entry.value, at: path + [entry.key], in: inner)
        fields.append(.init(key: entry.key, origin: entry.origin, template: template))
      }
      guard fields.contains(where: { $0.template.isOpen }) else { return .constant(value) }
      return .map(fields, value.origin)
    case .list(let items):
      var templates: [JobTemplate] = []
      for (index, item) in items.enumerated() {
        let place = path + ["\(index)"]
        templates.append(
          context.isNetwork && item["repeat"] != nil
            ? try repetition(item, at: place, in: context)
            : try template(item, at: place, in: context))
      }
      guard templates.contains(where: \.isOpen) else { return .constant(value) }
      return .list(templates, value.origin)
    default: return .constant(value)
    }
  }

  private mutating func marker(
    _ value: Value, at path: [String], in context: Context
  ) throws(ConfigurationError) -> JobTemplate {
    let marker = try SearchMarker(value, at: path)
    var context = context
    if marker.isShared {
      context.suffix = ""
      context.isShared = true
    }
    let name = (marker.name ?? path.joined(separator: ".")) + context.suffix
    try add(marker, name, path, context)
    guard let choices = marker.choices else {
      return .parameter(name, marker.distribution, marker.origin)
    }
    let areLists = choices.contains { $0.isList }
    var templates: [JobTemplate] = []
    for (index, choice) in choices.enumerated() {
      var inner = context
      inner.conditions.append(Condition(name, .oneOf([Double(index)])))
      // Beside lists of stages a single stage is a list, too.
      let isItem = areLists && !choice.isList && choice != nil
      let value = isItem ? Value(.list([choice]), origin: choice.origin) : choice
      templates.append(try template(value, at: path, in: inner))
    }
    return .choice(name, templates, marker.origin)
  }

  private mutating func add(
    _ marker: SearchMarker, _ name: String, _ path: [String], _ context: Context
  ) throws(ConfigurationError) {
    if let other = found.first(where: { $0.name == name }) {
      if context.isShared, other.keyPath == path { return }
      throw ConfigurationError(
        "the parameter '\(name)' is there twice: give one of them another `name:`", at: path,
        origin: marker.origin)
    }
    guard found.count < Self.mostParameters else {
      throw ConfigurationError(
        "more than \(Self.mostParameters) parameters: search fewer values, or lower a `repeat`",
        at: path, origin: marker.origin)
    }
    found.append(
      Found(
        name: name, marker: marker, conditions: context.conditions, suffix: context.suffix,
        keyPath: path))
  }

  /// `{repeat: 3, layers: [...]}` in a list of layers; the count may be searched.
  private mutating func repetition(
    _ value: Value, at path: [String], in context: Context
  ) throws(ConfigurationError) -> JobTemplate {
    var options = try Options(value, at: path)
    let place = path + ["repeat"]
    guard let given = options.value("repeat") else {
      throw options.error("expected how often, found nothing", "repeat")
    }
    let layers = try options.list("layers")
    guard !layers.isEmpty else { throw options.error("at least one layer is needed", "layers") }
    try options.finish()
    let count: JobTemplate.Count
    /// The internal values with which there are at least so many repetitions.
    let conditions: (Int) -> Condition?
    let most: Int
    if SearchMarker.stands(in: given) {
      let marker = try SearchMarker(given, at: place)
      let name = (marker.name ?? place.joined(separator: ".")) + context.suffix
      let counts = try Self.counts(of: marker, at: place)
      try add(marker, name, place, context)
      count = .parameter(name, marker.distribution)
      most = counts.largest
      conditions = { number in counts.condition(name, number) }
    } else {
      let number = try options.int("repeat", in: 0...Self.mostRepetitions)
      count = .fixed(number)
      most = number
      conditions = { _ in nil }
    }
    var bodies: [[JobTemplate]] = []
    for number in 1...max(1, most) where number <= most {
      var inner = context
      if let condition = conditions(number) { inner.conditions.append(condition) }
      inner.suffix += "[\(number)]"
      var body: [JobTemplate] = []
      for (index, layer) in layers.enumerated() {
        budget -= 1
        guard budget >= 0 else {
          throw ConfigurationError(
            "more than \(NetworkConfiguration.mostLayers) layers: lower a `repeat`", at: path,
            origin: value.origin)
        }
        let item = NetworkConfiguration.layer(layer, repetition: number)
        let place = path + ["layers", "\(index)"]
        body.append(
          item["repeat"] != nil
            ? try repetition(item, at: place, in: inner)
            : try template(item, at: place, in: inner))
      }
      bodies.append(body)
    }
    return .repetition(count, bodies, value.origin)
  }

  /// The numbers of repetitions that a parameter can stand for.
  private enum Counts {
    case range(ClosedRange<Int>)
    case list([Int])

    var largest: Int {
      switch self {
      case .range(let range): range.upperBound
      case .list(let numbers): numbers.max() ?? 0
      }
    }

    var smallest: Int {
      switch self {
      case .range(let range): range.lowerBound
      case .list(let numbers): numbers.min() ?? 0
      }
    }

    /// What `name` must be for at least `number` repetitions; nil when it always is.
    func condition(_ name: String, _ number: Int) -> Condition? {
      switch self {
      case .range(let range):
        if number <= range.lowerBound { return nil }
        return Condition(name, .within(Double(number)...Double(range.upperBound)))
      case .list(let numbers):
        let places = numbers.indices.filter { numbers[$0] >= number }
        if places.count == numbers.count { return nil }
        return Condition(name, .oneOf(places.map { Double($0) }))
      }
    }
  }

  private static func counts(
    of marker: SearchMarker, at path: [String]
  ) throws(ConfigurationError) -> Counts {
    let counts: Counts?
    switch marker.distribution {
    case .int(let low, let high, _, _): counts = .range(low...high)
    case .categorical(let choices), .ordinal(let choices):
      let numbers = choices.compactMap(\.int)
      counts = numbers.count == choices.count ? .list(numbers) : nil
    case .float: counts = nil
    }
    guard let counts else {
      throw ConfigurationError(
        "a number of repetitions is whole: search an int or choices of whole numbers", at: path,
        origin: marker.origin)
    }
    for number in [counts.smallest, counts.largest] where !(0...mostRepetitions).contains(number) {
      throw ConfigurationError(
        "\(number) repetitions are outside 0...\(mostRepetitions)", at: path, origin: marker.origin)
    }
    return counts
  }
}

extension Value {
  fileprivate var isList: Bool {
    if case .list = kind { return true }
    return false
  }
}
