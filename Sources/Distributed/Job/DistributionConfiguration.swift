public import Configuration

/// The `distribution` section: how the ranks work together.
public struct DistributionConfiguration: Sendable {
  /// How a worker's gradient meets the others' (see `docs/modes.md`).
  public enum Mode: String, Sendable, CaseIterable {
    /// Updates in shared memory without any lock (Niu et al. 2011).
    case hogwild
    /// The same under a reader/writer lock.
    case locked
    /// All workers' gradients are averaged at every step.
    case sync
  }

  /// Where a Hogwild worker reads the parameters of a step.
  public enum Exchange: String, Sendable, CaseIterable {
    /// Both ways are measured at the start and the faster one is taken.
    case auto
    /// In the shared window itself.
    case inPlace = "in_place"
    /// In a private copy that is refreshed before each step.
    case copy
  }

  /// `mode`.
  public var mode: Mode
  /// `exchange`; only Hogwild has a choice.
  public var exchange: Exchange
  /// `timeout`: seconds without a sign of life from any worker after which the job is ended.
  public var timeoutSeconds: Double

  /// Reads the section.
  public init(options: inout Options) throws(ConfigurationError) {
    let mode = try options.choice(
      "mode", among: Mode.allCases.map(\.rawValue), default: Mode.hogwild.rawValue)
    self.mode = Mode(rawValue: mode) ?? .hogwild
    let exchange = try options.choice(
      "exchange", among: Exchange.allCases.map(\.rawValue), default: Exchange.auto.rawValue)
    self.exchange = Exchange(rawValue: exchange) ?? .auto
    timeoutSeconds = try options.number("timeout", default: 600, in: 1...1e9)
    if self.mode != .hogwild, self.exchange != .auto {
      throw options.error(
        "'\(exchange)' is a choice of mode hogwild; mode \(mode) has none: remove the key",
        "exchange")
    }
  }

  /// The section as a tree.
  public var value: Value {
    [
      "mode": Value(.string(mode.rawValue)), "exchange": Value(.string(exchange.rawValue)),
      "timeout": Value(.number(timeoutSeconds)),
    ]
  }
}
