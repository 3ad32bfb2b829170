internal import Configuration
internal import Distributed
private import NN

extension TrainingDisplay {
  /// Tells how a training has ended.
  func finish(_ result: TrainingReport) {
    clear()
    if isJSON { Self.printJSON(Self.value(of: result)) }
    let rows = Figures.grouped(result.sampleCount)
    let time = "\(Figures.fixed(result.computeSeconds, 1)) s"
    switch result.outcome {
    case .finished:
      let values = result.result?.values ?? []
      let figures = values.map { "\($0.name) \(Figures.metric($0.value))" }
      if !isJSON {
        print((["wrote \(result.modelPath)"] + figures).joined(separator: "  "))
      }
      if let reason = result.endReason {
        note("ended after epoch \(result.history.last?.epoch ?? 0): \(reason)")
      }
      if let best = result.bestEpoch {
        note("the model has the weights of epoch \(best), the best one")
      }
      note("\(rows) samples in \(time); \(result.exchange)\(server(result))")
      if let staleness = result.staleness, result.workerCount > 1 {
        note("staleness of \(staleness.summary("updates"))")
        show(staleness)
      }
      if let staleness = result.nodeStaleness {
        note(
          "between \(result.nodeCount) nodes: \(Figures.bytes(result.exchangedByteCount)) moved; "
            + "staleness of \(staleness.summary("exchanges"))")
        show(staleness)
      }
      if let usage = UsageSummary(result.ranks) { note(usage.line) }
      if result.refusedCount > 0 {
        note(
          "\(Figures.grouped(result.refusedCount)) update\(result.refusedCount == 1 ? " was" : "s were") "
            + "refused, as the loss was not finite or a gradient was without bounds")
      }
    case .stoppedEarly:
      note(
        "stopped early after \(rows) samples in \(time): the checkpoint \(result.checkpointPath) is "
          + "written, the same command resumes")
    }
  }

  /// As bars, unless all of it is 0.
  private func show(_ staleness: Staleness) {
    guard staleness.largest > 0 else { return }
    for line in StalenessHistogram(staleness.counts).lines(full: style.full) { note(line) }
  }

  private func server(_ result: TrainingReport) -> String {
    guard let share = result.serverCPUShare else { return "" }
    return "; the server used \(Figures.fixed(share * 100, 1)) % of a core"
  }

  private static func value(of result: TrainingReport) -> Value {
    var entries: [Value.Entry] = [
      .init("event", Value(.string(result.outcome.rawValue))),
      .init("compute_seconds", Value(.number(result.computeSeconds))),
      .init("samples", Value(.int(result.sampleCount))),
      .init("epochs", Value(.int(result.history.count))),
      .init("exchange", Value(.string(result.exchange))),
      .init("refused_updates", Value(.int(result.refusedCount))),
    ]
    if let memory = result.stepMemory {
      entries.append(.init("step_bytes", Value(.int(memory.total))))
      entries.append(.init("step_memory_ratio", Value(.number(memory.ratio))))
    }
    if let share = result.serverCPUShare {
      entries.append(.init("server_cpu_share", Value(.number(share))))
    }
    if let staleness = result.staleness {
      entries += [
        .init("staleness_mean", Value(.number(staleness.mean))),
        .init("staleness_p95", Value(.int(staleness.quantile(0.95)))),
        .init("staleness_largest", Value(.int(staleness.largest))),
        .init("staleness_counts", StalenessHistogram(staleness.counts).value),
      ]
    }
    if let staleness = result.nodeStaleness {
      entries += [
        .init("nodes", Value(.int(result.nodeCount))),
        .init("exchanged_bytes", Value(.int(result.exchangedByteCount))),
        .init("node_exchanges", Value(.int(staleness.updateCount))),
        .init("node_staleness_mean", Value(.number(staleness.mean))),
        .init("node_staleness_largest", Value(.int(staleness.largest))),
        .init("node_staleness_counts", StalenessHistogram(staleness.counts).value),
      ]
    }
    if let usage = UsageSummary(result.ranks) { entries += usage.entries }
    switch result.outcome {
    case .finished:
      entries.append(.init("model", Value(.string(result.modelPath))))
      if let reason = result.endReason {
        entries.append(.init("end_reason", Value(.string(reason))))
      }
      if let best = result.bestEpoch { entries.append(.init("best_epoch", Value(.int(best)))) }
    case .stoppedEarly:
      entries.append(.init("checkpoint", Value(.string(result.checkpointPath))))
    }
    entries += (result.result?.values ?? []).map {
      .init($0.name, Value(.number($0.value)))
    }
    return Value(.map(entries))
  }
}

extension Staleness {
  /// In one line.
  fileprivate func summary(_ what: String) -> String {
    "\(Figures.grouped(updateCount)) \(what): mean \(Figures.fixed(mean, 2)), 95 % at most "
      + "\(quantile(0.95)), largest \(largest)"
  }
}
