package import Configuration
internal import Distributed

/// What coordinator and groups tell each other, as JSON bytes.
enum GroupMessage {
  static let toWorker = 21
  static let toCoordinator = 22
  static let cancel = 23

  /// From the coordinator.
  enum Command {
    case start(task: Int, TrialOrder)
    case verdict(task: Int, Verdict)
    case stop(task: Int)
    case quit
  }

  /// To the coordinator.
  enum Event {
    case report(task: Int, step: Int, figures: [String: Double])
    case ended(task: Int, End)
  }

  /// How a run ended on one rank.
  enum End: Equatable {
    case complete([String: Double])
    case stopped(bySignal: Bool)
    case failed(String)
    /// Called off because another rank failed.
    case interrupted
  }
}

extension GroupMessage.Command {
  var bytes: [UInt8] {
    let value: Value =
      switch self {
      case .start(let task, let order):
        ["start": Value(.int(task)), "order": order.value]
      case .verdict(let task, let verdict):
        [
          "verdict": Value(.int(task)),
          "is": Value(
            .string(verdict == .proceed ? "proceed" : verdict == .discard ? "discard" : "stop")),
        ]
      case .stop(let task): ["stop": Value(.int(task))]
      case .quit: ["quit": true]
      }
    return Array(value.json.utf8)
  }

  init?(bytes: [UInt8]) {
    guard let value = try? Value(json: String(decoding: bytes, as: UTF8.self)) else { return nil }
    if let task = value["start"]?.int, let order = value["order"].flatMap(TrialOrder.init) {
      self = .start(task: task, order)
    } else if let task = value["verdict"]?.int, case .string(let text)? = value["is"]?.kind {
      self = .verdict(
        task: task, text == "proceed" ? .proceed : text == "discard" ? .discard : .stop)
    } else if let task = value["stop"]?.int {
      self = .stop(task: task)
    } else if value["quit"] != nil {
      self = .quit
    } else {
      return nil
    }
  }
}

extension GroupMessage.Event {
  var bytes: [UInt8] {
    let value: Value =
      switch self {
      case .report(let task, let step, let figures):
        [
          "report": Value(.int(task)), "step": Value(.int(step)),
          "figures": Value(figures: figures),
        ]
      case .ended(let task, let end):
        switch end {
        case .complete(let figures):
          ["ended": Value(.int(task)), "figures": Value(figures: figures)]
        case .stopped(let bySignal):
          ["ended": Value(.int(task)), "stopped": Value(.bool(bySignal))]
        case .failed(let reason):
          ["ended": Value(.int(task)), "failed": Value(.string(reason))]
        case .interrupted: ["ended": Value(.int(task)), "interrupted": true]
        }
      }
    return Array(value.json.utf8)
  }

  init?(bytes: [UInt8]) {
    guard let value = try? Value(json: String(decoding: bytes, as: UTF8.self)) else { return nil }
    if let task = value["report"]?.int, let step = value["step"]?.int,
      let figures = value["figures"]?.figures
    {
      self = .report(task: task, step: step, figures: figures)
    } else if let task = value["ended"]?.int {
      if let figures = value["figures"]?.figures {
        self = .ended(task: task, .complete(figures))
      } else if case .bool(let bySignal)? = value["stopped"]?.kind {
        self = .ended(task: task, .stopped(bySignal: bySignal))
      } else if case .string(let reason)? = value["failed"]?.kind {
        self = .ended(task: task, .failed(reason))
      } else {
        self = .ended(task: task, .interrupted)
      }
    } else {
      return nil
    }
  }
}

extension Value {
  /// Figures by name; JSON has no infinities, so the bits of a number that is not finite go as text.
  package init(figures: [String: Double]) {
    self.init(
      .map(
        figures.sorted { $0.key < $1.key }.map {
          .init($0.key, Value($0.value.isFinite ? .number($0.value) : .string("\($0.value)")))
        }))
  }

  /// What `init(figures:)` wrote.
  package var figures: [String: Double]? {
    guard case .map(let entries) = kind else { return nil }
    var figures: [String: Double] = [:]
    for entry in entries {
      if let number = entry.value.number {
        figures[entry.key] = number
      } else if case .string(let text) = entry.value.kind {
        figures[entry.key] = Double(text)
      }
    }
    return figures
  }
}

extension TrialOrder {
  /// The order as a tree, for a message.
  package var value: Value {
    [
      "trial": Value(.int(trial)), "run": Value(.int(run)),
      "slots": Value(
        .list(slots.map { ["id": Value(.int($0.id)), "node": Value(.string($0.node))] })),
      "parameters": Value(figures: parameters.values),
      "resumes": resumes.map { Value(.int($0)) } ?? nil,
      "fold": fold.map { Value(.int($0)) } ?? nil,
      "repetition": Value(.int(repetition)),
    ]
  }

  /// Reads what `value` wrote.
  package init?(_ value: Value) {
    guard let trial = value["trial"]?.int, let run = value["run"]?.int,
      case .list(let slots)? = value["slots"]?.kind, let parameters = value["parameters"]?.figures,
      let repetition = value["repetition"]?.int
    else { return nil }
    self.init(
      trial: trial, run: run,
      slots: slots.compactMap { slot in
        guard let id = slot["id"]?.int, case .string(let node)? = slot["node"]?.kind else {
          return nil
        }
        return Slot(id: id, node: node)
      }, parameters: Assignment(parameters), resumes: value["resumes"]?.int,
      fold: value["fold"]?.int, repetition: repetition)
  }
}
