import Configuration
import Foundation
import HyperOpt

/// A search whose groups are simulated: time goes on in steps, and a run's value is a function.
final class Simulation {
  let study: Study
  let coordinator: Coordinator
  private(set) var now = 0.0
  private(set) var started: [TrialOrder] = []
  private(set) var stopped: [Int] = []
  private(set) var discarded: [Int] = []
  private(set) var mostAtOnce = 0
  private var runs: [Run] = []
  private let steps: Int
  private let seconds: (TrialOrder) -> Double
  private let fails: (TrialOrder) -> RunOutcome?
  private let value: (TrialOrder) -> Double
  private let metric = "value"

  private struct Run {
    var order: TrialOrder
    var step: Int
    var next: Double
  }

  static func oneNode(_ count: Int) -> [Slot] { (1...count).map { Slot(id: $0, node: "a") } }

  /// Runs report `value` after each of `steps` steps of `seconds`; the objective is `metric`.
  init(
    trials: Int, ranks: ClosedRange<Int>, slots: [Slot], journal: String? = nil,
    unfinished: [Int] = [], parameters: [Parameter] = [Parameter("x", .float(low: 0, high: 1))],
    sampler: Value = "random", ranksParameter: String? = nil, metric: String = "value",
    pruner: Value = "none",
    steps: Int = 1, seconds: @escaping (TrialOrder) -> Double = { _ in 1 },
    fails: @escaping (TrialOrder) -> RunOutcome? = { _ in nil },
    change: (inout SearchPlan) -> Void = { _ in },
    value: @escaping (TrialOrder) -> Double = { $0.parameters["x"] ?? 0 }
  ) throws {
    study = try Study(
      journal: journal,
      settings: StudySettings(
        space: try SearchSpace(parameters), sampler: sampler, pruner: pruner, seed: 5))
    var plan = SearchPlan(
      objectives: [SearchObjective(metric, .minimize)], trialLimit: trials, ranksPerTrial: ranks)
    plan.lastStep = steps
    plan.ranksParameter = ranksParameter
    change(&plan)
    coordinator = try Coordinator(
      study: study, plan: plan, slots: slots, unfinished: unfinished, now: 0)
    self.steps = steps
    self.seconds = seconds
    self.fails = fails
    self.value = value
  }

  /// Lets time go on to the next thing that happens, and tells the coordinator.
  func step() throws {
    try act()
    guard let next = runs.map(\.next).min() else {
      now += 0.5
      return
    }
    let due = min(next, now + 2)
    now = due
    var ended: [(Run, RunOutcome)] = []
    try coordinator.handle {
      for index in runs.indices where runs[index].next <= now {
        var run = runs[index]
        if let failure = fails(run.order) {
          ended.append((run, failure))
          continue
        }
        run.step += 1
        run.next = now + seconds(run.order)
        runs[index] = run
        let figures = [metric: value(run.order)]
        let verdict = try coordinator.reported(
          run.order.trial, run: run.order.run, step: run.step, figures: figures, now: now)
        if verdict == .stop {
          ended.append((run, .stopped))
        } else if run.step == steps {
          ended.append((run, .complete(figures)))
        }
      }
      for (run, outcome) in ended {
        runs.removeAll { $0.order == run.order }
        if case .stopped = outcome { progress[key(run.order)] = run.step }
        try coordinator.ended(run.order.trial, run: run.order.run, outcome, now: now)
      }
    }
    try act()
  }

  /// Runs until the search is over.
  func run() throws {
    var rounds = 0
    while !coordinator.isOver, rounds < 20_000 {
      try step()
      rounds += 1
    }
    try act()
  }

  private var progress: [String: Int] = [:]

  private func key(_ order: TrialOrder) -> String { "\(order.trial).\(order.run)" }

  /// Does what the coordinator wants; simulated time stands still while it computes.
  private func act() throws {
    while true {
      let actions = try coordinator.handle { try coordinator.actions(now: now) }
      if actions.isEmpty, !coordinator.awaitsProposal { return }
      if actions.isEmpty { usleep(100) }
      for action in actions {
        switch action {
        case .start(let order):
          started.append(order)
          let step = progress[key(order)] ?? 0
          runs.append(Run(order: order, step: step, next: now + seconds(order)))
          mostAtOnce = max(mostAtOnce, runs.count)
        case .stop(let trial, let run):
          stopped.append(trial)
          guard
            let index = runs.firstIndex(where: { $0.order.trial == trial && $0.order.run == run })
          else { continue }
          let entry = runs.remove(at: index)
          progress[key(entry.order)] = entry.step
          try coordinator.handle {
            try coordinator.ended(trial, run: run, .stopped, now: now)
          }
        case .discardModel(let trial): discarded.append(trial)
        }
      }
    }
  }
}
