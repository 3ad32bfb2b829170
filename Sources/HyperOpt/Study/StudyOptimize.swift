public import Configuration

extension Study {
  /// Evaluates `body` for so many more trials, one after another.
  ///
  /// `body` gives the objective's value. It throws `TrialPruned` (see `TrialHandle.report`) to end a
  /// trial early; any other error is one failed trial with its reason, a `StudyError` ends the
  /// study's loop. The loop ends early when the sampler has nothing left.
  public func optimize(trials count: Int, _ body: (TrialHandle) throws -> Double) throws {
    try optimizeAll(trials: count) { [try body($0)] }
  }

  /// Like `optimize(trials:_:)` for several objectives: `body` gives one value for each.
  public func optimizeAll(trials count: Int, _ body: (TrialHandle) throws -> [Double]) throws {
    for _ in 0..<count {
      let trial: Trial
      do throws(StudyError) { trial = try ask() } catch {
        guard error.description == StudyError.exhausted.description else { throw error }
        return
      }
      let handle = TrialHandle(trial, self)
      do {
        let values = try body(handle)
        try tell(trial.number, .complete(values))
      } catch let error as StudyError {
        throw error
      } catch is TrialPruned {
        try tell(trial.number, .pruned)
      } catch {
        try tell(trial.number, .failed(reason: "\(error)"))
      }
    }
  }
}

/// Ends a trial early: thrown by an objective when `TrialHandle.shouldPrune` says so.
public struct TrialPruned: Error {
  /// Makes the error.
  public init() {}
}

/// A running trial inside `Study.optimize`.
public struct TrialHandle {
  /// The trial as it began.
  public let trial: Trial
  private let study: Study

  init(_ trial: Trial, _ study: Study) {
    self.trial = trial
    self.study = study
  }

  /// The trial's number.
  public var number: Int { trial.number }

  /// What a user sees of a parameter's value; nil when it is not active.
  public subscript(name: String) -> Value? {
    guard let place = trial.parameters[name] else { return nil }
    return study.history.space[name]?.distribution.value(of: place)
  }

  /// The value of a parameter of numbers.
  ///
  /// - Throws: `StudyError` for a parameter that is unknown, not active or no number.
  public func number(_ name: String) throws(StudyError) -> Double {
    guard let number = self[name]?.number else {
      throw StudyError("trial \(number) has no number '\(name)'")
    }
    return number
  }

  /// The value of a parameter of whole numbers.
  ///
  /// - Throws: `StudyError` for a parameter that is unknown, not active or no whole number.
  public func int(_ name: String) throws(StudyError) -> Int {
    guard let whole = self[name]?.int else {
      throw StudyError("trial \(number) has no whole number '\(name)'")
    }
    return whole
  }

  /// Reports a value on the way to the result.
  public func report(step: Int, _ value: Double) throws(StudyError) {
    try study.report(number, step: step, value: value)
  }

  /// Whether the pruner would end the trial now; then throw `TrialPruned`.
  public func shouldPrune(lastStep: Int? = nil) throws(StudyError) -> Bool {
    guard let reason = study.reasonToPrune(number, lastStep: lastStep) else { return false }
    try study.setUserAttribute(number, "reason", Value(.string(reason)))
    return true
  }
}
