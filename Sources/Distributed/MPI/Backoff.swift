/// Pauses that grow while nothing happens: who waits hears of a quick answer soon, and uses no CPU
/// while a slow one takes its time.
package struct Backoff {
  private let first: Double
  private let longest: Double
  private let factor: Double
  private var seconds: Double

  /// Begins with `first` seconds; each pause is `factor` times as long as the last one, up to
  /// `longest`.
  package init(first: Double = 0.000_05, longest: Double = 0.001, factor: Double = 2) {
    self.first = first
    self.longest = longest
    self.factor = factor
    seconds = first
  }

  /// The seconds of the next pause, for who sleeps by itself.
  package mutating func next() -> Double {
    defer { seconds = min(longest, seconds * factor) }
    return seconds
  }

  /// Sleeps for the next pause; a signal ends the sleep.
  package mutating func pause() { Clock.sleep(seconds: next()) }

  /// Something has happened: the next pause is the first again.
  package mutating func reset() { seconds = first }
}
