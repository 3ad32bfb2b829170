internal import Configuration
private import Distributed
internal import Foundation
internal import HyperOpt

/// A coordinator with simulated groups: a real study, sampler and journal; trials only take time.
///
/// A group's trial reports at even intervals, ends, and is followed by the next order for the group.
/// The simulation shares the coordinator's thread, so what it needs counts as the coordinator's.
struct CoordinatorBench {
  /// Groups of one slot each.
  let groupCount: Int
  /// Reports of a trial before it ends.
  let reportCount: Int
  /// Seconds between a trial's start and its end; 0: each event follows the answer to the last one.
  let trialSeconds: Double
  /// Whether groups begin at random places of a trial, as after some time of a search: in step, their
  /// events would all come at once.
  let isSpread: Bool
  /// Trials after which the search ends; nil: none.
  let trialLimit: Int?
  /// Seconds after which the measurement ends.
  let seconds: Double
  let sampler: Value
  let pruner: Value
  /// Where the journal is written.
  let folder: URL

  /// What was measured.
  struct Figures {
    var asks = 0
    var reports = 0
    var tells = 0
    /// Seconds of the measurement.
    var seconds = 0.0
    /// From when an event happened to when its answer could be sent: everything synced.
    var answerDelays: [Double] = []
    /// From the end of a group's trial to the order for its next one.
    var orderDelays: [Double] = []
    /// The share of the groups' time in which they had a trial.
    var busyShare = 0.0
    /// CPU time of the process, its other threads too, as a share of the measurement.
    var processorShare = 0.0
    /// Bytes of the journal.
    var journalByteCount = 0
    /// How long it takes to append 200 bytes to a file beside the journal and sync them, in order.
    var syncSeconds: [Double] = []

    var eventsPerSecond: Double { Double(asks + reports + tells) / seconds }
  }

  /// What happens next to a group.
  private struct Event: Comparable {
    var time: Double
    var group: Int
    /// The report's step; the step after the last one is the end.
    var step: Int

    static func < (a: Event, b: Event) -> Bool { (a.time, a.group) < (b.time, b.group) }
  }

  /// A group at work.
  private struct Group {
    var trial: Int
    var value: Double
    var start: Double
  }

  /// Runs the simulation in real time.
  func run() throws -> Figures {
    let syncSeconds = try measureSync()
    let path = folder.appendingPathComponent("study.log").path
    let study = try Study(
      journal: path,
      settings: StudySettings(
        space: try SearchSpace((0..<6).map { Parameter("x\($0)", .float(low: -5, high: 5)) }),
        metricNames: ["loss"], sampler: sampler, pruner: pruner))
    var plan = SearchPlan(
      objectives: [SearchObjective("loss", .minimize)], trialLimit: trialLimit,
      ranksPerTrial: 1...1)
    plan.lastStep = reportCount
    plan.regroups = false
    let slots = (0..<groupCount).map { Slot(id: $0, node: "node\($0 / 64)") }
    let begin = Clock.now
    let coordinator = try Coordinator(study: study, plan: plan, slots: slots, now: begin)
    var figures = try simulate(coordinator, begin: begin)
    figures.syncSeconds = syncSeconds
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    figures.journalByteCount = (attributes[.size] as? NSNumber)?.intValue ?? 0
    return figures
  }

  private func simulate(_ coordinator: Coordinator, begin: Double) throws -> Figures {
    var figures = Figures()
    var begin = begin
    var isWarm = false
    var asked = 0
    var queue = EventQueue<Event>()
    var groups: [Int: Group] = [:]
    var idleSince = Dictionary(uniqueKeysWithValues: (0..<groupCount).map { ($0, begin) })
    var busySeconds = 0.0
    var end = begin + seconds
    let interval = trialSeconds / Double(reportCount + 1)
    var processorStart = processorSeconds
    var pause = 0.000_05
    while Clock.now < end, !coordinator.isOver {
      var due: [Event] = []
      let now = Clock.now
      while let event = queue.first, event.time <= now {
        due.append(event)
        queue.removeFirst()
      }
      var next: [Event] = []
      let actions = try coordinator.handle {
        for event in due {
          guard let group = groups[event.group] else { continue }
          let figuresNow = ["loss": group.value * (1 + 1 / Double(event.step))]
          if event.step <= reportCount {
            let verdict = try coordinator.reported(
              group.trial, run: 0, step: event.step, figures: figuresNow, now: now)
            // A run that stops ends at once.
            let step = verdict == .stop ? reportCount + 2 : event.step + 1
            next.append(Event(time: event.time + interval, group: event.group, step: step))
            figures.reports += 1
          } else {
            let wasStopped = event.step > reportCount + 1
            try coordinator.ended(
              group.trial, run: 0, wasStopped ? .stopped : .complete(["loss": group.value]),
              now: now)
            groups[event.group] = nil
            idleSince[event.group] = event.time
            busySeconds += event.time - max(group.start, begin)
            figures.tells += 1
          }
        }
        return try coordinator.actions(now: Clock.now)
      }
      // All of it is synced: the answers go out.
      let answered = Clock.now
      for event in due { figures.answerDelays.append(answered - event.time) }
      for event in next {
        // A group waits for its answer before it goes on.
        queue.insert(
          Event(time: max(event.time, answered), group: event.group, step: event.step))
      }
      for case .start(let order) in actions {
        let group = order.slots[0].id
        groups[group] = Group(
          trial: order.trial, value: Self.loss(order.parameters), start: answered)
        let isFirst = isSpread && asked < groupCount
        let place = isFirst ? Self.spread(group) * Double(reportCount + 1) : 0
        let step = max(1, Int(place.rounded(.up)))
        queue.insert(
          Event(time: answered + interval * (Double(step) - place), group: group, step: step))
        figures.orderDelays.append(answered - (idleSince.removeValue(forKey: group) ?? begin))
        figures.asks += 1
        // The last order ends the measurement: from here on groups run out of trials.
        asked += 1
        if asked == trialLimit { end = answered }
      }
      // The measurement begins when every group has had its first trial.
      if !isWarm, idleSince.isEmpty, groups.count == groupCount {
        isWarm = true
        figures = Figures()
        busySeconds = 0
        begin = Clock.now
        end = begin + seconds
        processorStart = processorSeconds
      }
      pause = due.isEmpty && actions.isEmpty ? min(0.002, pause * 1.3) : 0.000_05
      if let time = queue.first?.time, time <= Clock.now { continue }
      Clock.sleep(seconds: pause)
    }
    end = min(end, Clock.now)
    for group in groups.values { busySeconds += max(0, end - max(group.start, begin)) }
    figures.seconds = end - begin
    figures.busyShare = busySeconds / (figures.seconds * Double(groupCount))
    figures.processorShare = (processorSeconds - processorStart) / (Clock.now - begin)
    figures.answerDelays.sort()
    figures.orderDelays.sort()
    return figures
  }

  /// Evenly spread places in 0..<1 (the golden ratio's multiples).
  private static func spread(_ group: Int) -> Double {
    let place = Double(group) * 0.618_033_988_749_895
    return place - place.rounded(.down)
  }

  /// A bowl with ripples, so that a sampler has something to learn.
  private static func loss(_ parameters: Assignment) -> Double {
    (0..<6).reduce(0.0) { sum, axis in
      let x = (parameters["x\(axis)"] ?? 0) - 0.7
      return sum + x * x + 2 * (1 - cos(2 * x))
    }
  }

  /// Seconds of an append of 200 bytes and its sync, in ascending order.
  private func measureSync() throws -> [Double] {
    let path = folder.appendingPathComponent("sync").path
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard descriptor >= 0 else {
      throw CommandError("cannot write \(path)", exitCode: ExitCode.inputOutput)
    }
    defer { close(descriptor) }
    let line = [UInt8](repeating: 120, count: 200)
    return (0..<200).map { _ in
      let start = Clock.now
      _ = write(descriptor, line, line.count)
      fdatasync(descriptor)
      return Clock.now - start
    }.sorted()
  }

  private var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}

/// A binary heap: the smallest element first.
private struct EventQueue<Element: Comparable> {
  private var heap: [Element] = []

  var first: Element? { heap.first }

  mutating func insert(_ element: Element) {
    heap.append(element)
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while 2 * parent + 1 < heap.count {
      var child = 2 * parent + 1
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < heap[parent] else { return }
      heap.swapAt(child, parent)
      parent = child
    }
  }
}
