/// How a running trial talks with its coordinator: by messages, by a pipe, or in the same process.
package protocol TrialLink: AnyObject {
  /// Tells the figures of a step and waits for what becomes of the trial; called on the group's
  /// first rank.
  func report(step: Int, figures: [String: Double]) throws -> Verdict
  /// Whether the coordinator wants the run to stop at its next batch; called on the group's first
  /// rank, many times a second.
  var stopIsRequested: Bool { get }
}
