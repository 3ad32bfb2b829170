public import Configuration

/// `training.target`: a training ends with the first epoch whose figure is good enough.
public struct TargetFigure: Sendable, Equatable {
  /// `monitor` and `mode`.
  public var monitor: FigureMonitor
  /// `value`: what is good enough.
  public var value: Double

  /// Ends a training when `monitor` has reached `value`.
  public init(_ monitor: FigureMonitor, value: Double) {
    self.monitor = monitor
    self.value = value
  }

  /// Reads the section.
  ///
  /// The caller finishes it.
  init(options: inout Options) throws(ConfigurationError) {
    monitor = try FigureMonitor(options: &options, default: nil)
    value = try options.number("value")
  }

  /// The section as a tree.
  public var tree: Value {
    Value(.map(monitor.entries + [.init("value", Value(.number(value)))]))
  }

  /// Whether the figure is at least as good; less is better times `sign`.
  func isReached(by figure: Double?, sign: Double) -> Bool {
    figure.map { $0 * sign <= value * sign } ?? false
  }
}
