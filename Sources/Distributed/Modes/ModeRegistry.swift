package import Configuration

/// All modes by name.
package enum ModeRegistry {
  /// Every mode.
  ///
  /// The shared tests run over this list.
  package static let all: [any ExchangeMode.Type] = [
    HogwildMode.self, LockedMode.self, DownpourMode.self, ElasticMode.self,
    ElasticMomentumMode.self, EnergyMatchingMode.self, DynamicMode.self, LocalSGDMode.self,
    SynchronousMode.self,
  ]

  /// Reads a name, alone or with options: `sync`, `easgd: {interval: 8}`.
  ///
  /// - Throws: for an option of another mode, which modes have it.
  package static func mode(
    _ value: Value, at keyPath: [String]
  ) throws(ConfigurationError) -> any ExchangeMode {
    let named = try NamedOptions(value, at: keyPath)
    if let type = all.first(where: { $0.name == named.name }) {
      let own = optionNames(of: type)
      for key in named.options.keys where !own.contains(key) {
        guard let owners = owners(of: key) else { continue }
        throw named.options.error(
          "'\(key)' is an option of mode \(owners.joined(separator: ", ")); mode \(named.name) has "
            + (own.isEmpty ? "no options" : own.joined(separator: ", ")), key)
      }
    }
    return try named.read("mode", as: all, name: { $0.name }) {
      (type, options) throws(ConfigurationError) in try type.init(options: &options)
    }
  }

  /// The modes that have an option of that name; nil: none has.
  package static func owners(of option: String) -> [String]? {
    let owners = all.filter { optionNames(of: $0).contains(option) }
    return owners.isEmpty ? nil : owners.map { $0.name }
  }

  /// The options' names.
  private static func optionNames(of type: any ExchangeMode.Type) -> [String] {
    // Every option has a default.
    guard var none = try? Options(Value(.null)), let mode = try? type.init(options: &none) else {
      return []
    }
    return mode.entries.map(\.key)
  }
}

extension Options {
  /// `interval`: steps of a worker between two meetings.
  mutating func interval(default fallback: Int) throws(ConfigurationError) -> Int {
    try int("interval", default: fallback, in: 1...1_000_000)
  }
}
