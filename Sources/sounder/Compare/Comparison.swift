package import Configuration
private import Distributed
package import HyperOpt

/// Trainings of one job side by side: what there is to say about each, and about all.
package struct Comparison {
  /// The trainings, in the order in which they were asked for.
  package let runs: [ComparedRun]

  /// Takes trainings that have run, or failed.
  package init(_ runs: [ComparedRun]) { self.runs = runs }

  /// Those that have a result.
  var done: [ComparedRun] { runs.filter { $0.shares != nil } }

  /// The figure that the curves show: a metric of validation where there is one, or the next best.
  package var figure: String? {
    let names = done.first?.figures.map(\.name) ?? []
    func isLoss(_ name: String) -> Bool { name == "loss" || name.hasSuffix("_loss") }
    return names.first { $0.hasPrefix("val_") && !isLoss($0) } ?? names.first { $0 == "val_loss" }
      ?? names.first { !isLoss($0) } ?? names.first
  }

  /// What a training loses its time to; nil when it has no result.
  package func bottleneck(of run: ComparedRun) -> Bottleneck? {
    guard let shares = run.shares else { return nil }
    var quickest: (seconds: Double, run: String)?
    for other in done where other.name != run.name {
      guard let seconds = other.computePerStep else { continue }
      if seconds < quickest?.seconds ?? .infinity { quickest = (seconds, other.name) }
    }
    return Bottleneck(
      shares, mode: run.mode, validationsPerEpoch: run.job?.training.validationsPerEpoch ?? 1,
      nodes: run.nodes, quickest: quickest)
  }

  // MARK: Table

  private static let timeColumns = [
    "reading %", "computing %", "communicating %", "waiting %", "CPU %", "memory",
  ]

  private var shownFigures: [String] {
    let names = done.first?.figures.map(\.name) ?? []
    let validated = names.filter { $0.hasPrefix("val_") }
    return Array((validated.isEmpty ? names : validated).prefix(4))
  }

  /// What nodes exchange, where a training had several.
  private var nodeColumns: [String] {
    done.contains { $0.nodes != nil }
      ? ["nodes", "node stale mean", "node stale max", "node bytes/step"] : []
  }

  /// The columns' names.
  package var header: [String] {
    ["mode", "ranks", "seconds", "samples/s"] + shownFigures
      + ["stale mean", "stale 95 %", "bytes/step"] + nodeColumns + Self.timeColumns
  }

  /// A row for each training that has a result.
  package var rows: [[String]] { done.map(row) }

  private func row(_ run: ComparedRun) -> [String] {
    guard let shares = run.shares else { return [] }
    func percent(_ share: Double) -> String { Figures.fixed(100 * share, 1) }
    let figures = shownFigures.map { name in
      run.figures.first { $0.name == name }.map { Figures.metric($0.value) } ?? "-"
    }
    func bytes(_ perStep: Double) -> String {
      perStep == 0 ? "0" : Figures.bytes(Int(perStep.rounded()))
    }
    var between: [String] = []
    if !nodeColumns.isEmpty {
      between =
        run.nodes.map { nodes in
          [
            "\(nodes.nodeCount)", Figures.fixed(nodes.staleness.mean, 2),
            "\(nodes.staleness.largest)", bytes(nodes.bytesPerStep(shares)),
          ]
        } ?? ["1", "-", "-", "0"]
    }
    return [
      run.modeWords, "\(run.rankCount)", Figures.fixed(run.seconds, 2),
      Figures.grouped(Int(run.samplesPerSecond.rounded())),
    ] + figures + [
      run.staleness.map { Figures.fixed($0.mean, 2) } ?? "-",
      run.staleness.map { "\($0.p95)" } ?? "-", bytes(shares.bytesPerStep),
    ] + between + [
      percent(shares.read), percent(shares.compute), percent(shares.communicate),
      percent(shares.wait),
      Figures.fixed(100 * shares.cpu, 0), Figures.bytes(shares.residentByteCount),
    ]
  }

  /// One sentence for each training: its bottleneck, or why it has no result.
  package var sentences: [(name: String, text: String)] {
    runs.map { run in
      let dropped = run.droppedKeys.map { "distribution.\($0)" }.joined(separator: " and ")
      return (
        run.name,
        (bottleneck(of: run)?.sentence ?? "failed: \(run.failure ?? "no result")")
          + (dropped.isEmpty ? "" : " (without \(dropped), which the mode refuses)")
      )
    }
  }

  /// All of it for a terminal.
  package var text: String {
    var lines = done.isEmpty ? [] : TextTable(header: header, rows: rows).lines + [""]
    let ranks = rankRows
    if ranks.count > Self.shownRankCount {
      lines += ["the time of each of the \(ranks.count) ranks is in report.html", ""]
    } else if !ranks.isEmpty {
      lines += TextTable(header: Self.rankHeader, rows: ranks).lines + [""]
    }
    lines += sentences.map { "\($0.name): \($0.text)" }
    return lines.map { $0 + "\n" }.joined()
  }

  // MARK: Files

  /// All of it for a program.
  package func value(traces: (ComparedRun) -> String) -> Value {
    Value(.map([.init("runs", Value(.list(runs.map { value(of: $0, trace: traces($0)) })))]))
  }

  private func value(of run: ComparedRun, trace: String) -> Value {
    var entries: [Value.Entry] = [
      .init("mode", Value(.string(type(of: run.mode).name))),
      .init("options", Value(.map(run.mode.entries))), .init("ranks", Value(.int(run.rankCount))),
    ]
    if !run.droppedKeys.isEmpty {
      entries.append(.init("without", Value(.list(run.droppedKeys.map { Value(.string($0)) }))))
    }
    guard let shares = run.shares, let bottleneck = bottleneck(of: run) else {
      entries.append(.init("failure", Value(.string(run.failure ?? "no result"))))
      entries.append(.init("exit_code", Value(.int(Int(run.exitCode)))))
      return Value(.map(entries))
    }
    entries += [
      .init("exchange", Value(.string(run.exchange))),
      .init("seconds", Value(.number(run.seconds))),
      .init("samples", Value(.int(run.sampleCount))),
      .init("samples_per_second", Value(.number(run.samplesPerSecond))),
      .init("bytes_per_step", Value(.number(shares.bytesPerStep))),
      .init("time_shares", shares.value),
      .init("resident", Value(.int(shares.residentByteCount))),
      .init("trace", Value(.string(trace))),
      .init("bottleneck", Value(.string(bottleneck.cause.rawValue))),
      .init("bottleneck_share", Value(.number(bottleneck.share))),
      .init("bottleneck_text", Value(.string(bottleneck.sentence))),
      .init("usage", Value(.list(run.ranks.map(\.value)))),
      .init("history", Value(.list(run.history.map(TrainingDisplay.value)))),
      .init(
        "figures",
        Value(.map(run.figures.map { .init($0.name, Value(.number($0.value))) }))),
    ]
    if let staleness = run.staleness {
      entries.append(.init("staleness_mean", Value(.number(staleness.mean))))
      entries.append(.init("staleness_p95", Value(.int(staleness.p95))))
    }
    if let histogram = run.histogram {
      entries.append(.init("staleness_counts", histogram.value))
    }
    if let nodes = run.nodes {
      entries += [
        .init("nodes", Value(.int(nodes.nodeCount))),
        .init("exchanged_bytes", Value(.int(nodes.byteCount))),
        .init("node_bytes_per_step", Value(.number(nodes.bytesPerStep(shares)))),
        .init("node_staleness_mean", Value(.number(nodes.staleness.mean))),
        .init("node_staleness_largest", Value(.int(nodes.staleness.largest))),
      ]
      if let histogram = nodes.histogram {
        entries.append(.init("node_staleness_counts", histogram.value))
      }
    }
    return Value(.map(entries))
  }

  /// The page with the curves.
  package func page(title: String) -> ReportPage {
    let failed = runs.count - done.count
    var facts: [(name: String, value: String)] = [("trainings", "\(done.count)")]
    if failed > 0 { facts.append(("failed", "\(failed)")) }
    if let fastest = done.max(by: { $0.samplesPerSecond < $1.samplesPerSecond }) {
      let rate = Figures.grouped(Int(fastest.samplesPerSecond.rounded()))
      facts.append(("most samples/s", "\(rate) (\(fastest.name))"))
    }
    var page = ReportPage(
      title: title, subtitle: "the same training in several modes of exchange", facts: facts)
    if let figure {
      let note = "A point is an epoch; runs with more ranks than the fewest are dashed."
      page.add(
        CurveChart(
          title: "\(figure) against samples", xTitle: "samples", yTitle: figure,
          series: curves(figure) { $0.samples }, note: note))
      page.add(
        CurveChart(
          title: "\(figure) against time", xTitle: "seconds of training, without validation",
          yTitle: figure, series: curves(figure) { $0.seconds }, note: note))
    }
    page.add(title: "What limits each", sentences: sentences)
    if !done.isEmpty {
      page.add(
        title: "Figures", header: header, rows: rows,
        note:
          "Shares of time are of training without validation and checkpoints, the mean over the "
          + "workers; CPU % is of one core for each worker. A click on a column's name sorts.")
    }
    addRanks(to: &page)
    addStaleness(to: &page)
    return page
  }

  /// The number of a run's colour: that of its mode.
  func color(of run: ComparedRun) -> Int {
    var names: [String] = []
    for other in done where !names.contains(other.modeWords) { names.append(other.modeWords) }
    return names.firstIndex(of: run.modeWords) ?? 0
  }

  private func curves(
    _ figure: String, x: ((samples: Double, seconds: Double)) -> Double
  ) -> [CurveChart.Series] {
    let fewest = done.map(\.rankCount).min() ?? 1
    return done.map { run in
      let perEpoch = Double(run.sampleCount) / Double(max(1, run.history.count))
      var place = (samples: 0.0, seconds: 0.0)
      let points = run.history.compactMap { record -> (x: Double, y: Double)? in
        place.samples += perEpoch
        place.seconds += record.samplesPerSecond > 0 ? perEpoch / record.samplesPerSecond : 0
        return record[figure].map { (x(place), $0) }
      }
      return CurveChart.Series(
        name: run.name, points: points, color: color(of: run),
        isDashed: run.rankCount > fewest)
    }
  }
}
