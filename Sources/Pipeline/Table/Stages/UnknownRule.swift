import Configuration
import HDF5

/// What becomes of a category that the training rows do not have, and of a missing one.
public enum UnknownRule: String, Sendable, CaseIterable {
  /// An error that names row and column.
  case error
  /// It is one more category, behind all others.
  case keep
  /// It is none of the categories: zeros.
  case ignore

  /// Its row is left out.
  case skip

  /// Takes `unknown`, one of `rules`; the first without.
  static func option(
    _ options: inout Options, among rules: [UnknownRule]
  ) throws(ConfigurationError) -> UnknownRule {
    if !rules.contains(.skip), let value = options.value("unknown"),
      case .string("skip") = value.kind
    {
      throw options.error(
        "skip is for `index` alone, which a stage may stand behind: choose "
          + rules.map(\.rawValue).joined(separator: " or "), "unknown", value)
    }
    let name = try options.choice(
      "unknown", among: rules.map(\.rawValue), default: rules[0].rawValue)
    return UnknownRule(rawValue: name) ?? rules[0]
  }

  /// Reads the attribute `unknown`.
  static func read(from group: borrowing Group) throws(PipelineError) -> UnknownRule {
    let name: String
    do { name = try group.stringAttribute("unknown") } catch { throw PipelineError(error) }
    guard let rule = UnknownRule(rawValue: name) else {
      throw PipelineError(
        "\(group.place): there is no rule '\(name)' for unknown categories: use a newer sounder")
    }
    return rule
  }
}
