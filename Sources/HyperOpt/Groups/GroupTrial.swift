public import Configuration
public import Distributed

/// One run of a trial as the ranks of its group see it.
public final class GroupTrial {
  /// The trial's number in the study.
  public let number: Int
  /// The parameters as a user writes them, by name; those that are not active are left out.
  public let parameters: [String: Value]
  /// The same in their internal form.
  public let assignment: Assignment
  /// Which of the trial's runs this is; -1 is the last training of the winner, on all data.
  public let run: Int
  /// The fold that validates, from 0; nil without folds.
  public let fold: Int?
  /// Which repetition this is, from 0.
  public let repetition: Int
  /// The trial from whose checkpoint to begin.
  public let resumes: Int?
  /// Whether the run has been told to stop: by a verdict, or at a batch boundary.
  public private(set) var isStopped = false
  private let link: any TrialLink

  package init(_ order: TrialOrder, space: SearchSpace, link: any TrialLink) {
    number = order.trial
    run = order.run
    fold = order.fold
    repetition = order.repetition
    resumes = order.resumes
    assignment = order.parameters
    self.link = link
    var values: [String: Value] = [:]
    for (name, value) in order.parameters.values {
      values[name] = space[name]?.distribution.value(of: value)
    }
    parameters = values
  }

  /// A numeric parameter's value.
  ///
  /// - Throws: `StudyError` when the parameter is not active, or no number.
  public func number(_ name: String) throws(StudyError) -> Double {
    guard let value = parameters[name]?.number else { throw missing(name, "number") }
    return value
  }

  /// A whole-number parameter's value.
  ///
  /// - Throws: `StudyError` when the parameter is not active, or no whole number.
  public func int(_ name: String) throws(StudyError) -> Int {
    guard let value = parameters[name]?.int else { throw missing(name, "whole number") }
    return value
  }

  /// A text parameter's value.
  ///
  /// - Throws: `StudyError` when the parameter is not active, or no text.
  public func text(_ name: String) throws(StudyError) -> String {
    guard case .string(let value)? = parameters[name]?.kind else { throw missing(name, "text") }
    return value
  }

  /// Tells the figures of a step; true when the trial goes on, false when all ranks are to leave.
  ///
  /// Collective over `group`, and blocking: all ranks get the same answer at the same place. The
  /// figures of the first rank count.
  public func report(
    step: Int, _ figures: [String: Double], on group: borrowing Communicator
  ) throws -> Bool {
    var answer = [1]
    if group.rank == 0 { answer[0] = try report(step: step, figures) == .stop ? 0 : 1 }
    if group.size > 1 { answer = try group.broadcast(answer, from: 0) }
    if answer[0] == 0 { isStopped = true }
    return answer[0] == 1
  }

  /// Tells the figures of a step from the group's first rank alone.
  package func report(step: Int, _ figures: [String: Double]) throws -> Verdict {
    let verdict = try link.report(step: step, figures: figures)
    if verdict == .stop { isStopped = true }
    return verdict
  }

  /// Whether the coordinator has called the run off; on the group's first rank.
  package var stopIsRequested: Bool {
    if link.stopIsRequested { isStopped = true }
    return isStopped
  }

  /// Takes note that the run ends before its end, with a checkpoint.
  package func stopped() { isStopped = true }

  /// Takes note that the run came to its end, whatever it was asked on the way.
  package func completed() { isStopped = false }

  private func missing(_ name: String, _ type: String) -> StudyError {
    let found = parameters[name].map { "it is \($0.summary)" } ?? "it is not active in this trial"
    return StudyError(
      "trial \(number) has no \(type) '\(name)': \(found) (active: "
        + parameters.keys.sorted().joined(separator: ", ") + ")")
  }
}
