internal import Configuration
internal import NN

/// A figure of the epochs that a training follows, and what of it is better.
public struct FigureMonitor: Sendable, Equatable {
  /// What is better.
  public enum Mode: String, Sendable, CaseIterable {
    /// What the metric says: more of an accuracy, less of a loss.
    case auto
    /// Less.
    case min
    /// More.
    case max
  }

  /// The figure's name, such as `val_loss`.
  public var name: String
  /// What is better.
  public var mode: Mode

  /// Follows the figure `name`.
  public init(_ name: String, mode: Mode = .auto) {
    self.name = name
    self.mode = mode
  }

  /// Reads `monitor` and `mode`.
  init(options: inout Options, default fallback: String?) throws(ConfigurationError) {
    name = try options.string("monitor", default: fallback)
    let mode = try options.choice("mode", among: Mode.allCases.map(\.rawValue), default: "auto")
    self.mode = Mode(rawValue: mode) ?? .auto
    guard !name.isEmpty else { throw options.error("expected the name of a figure", "monitor") }
  }

  var entries: [Value.Entry] {
    [
      .init("monitor", Value(.string(name))), .init("mode", Value(.string(mode.rawValue))),
    ]
  }

  /// 1 where less of the figure is better, -1 where more is.
  ///
  /// `auto` asks `figures`, which knows figures with names of their own; what it does not know is
  /// taken for something to be made small.
  func sign(among figures: FigureSet) -> Double {
    let isMore =
      switch mode {
      case .max: true
      case .min: false
      case .auto: figures.isMoreBetter(name) ?? false
      }
    return isMore ? -1 : 1
  }
}
