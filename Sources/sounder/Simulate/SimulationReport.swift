internal import Configuration
internal import Distributed
internal import HyperOpt

/// One simulated training with its figures.
struct SimulationRow {
  let training: SimulatedTraining
  let figures: SimulatedFigures

  /// The mode, with its options where it has any: `easgd {interval: 16}`.
  var mode: String {
    let name = type(of: training.mode).name
    let options = training.mode.entries.filter { $0.key.contains("interval") }
    guard !options.isEmpty else { return name }
    return "\(name) " + options.map { $0.value.int.map(String.init) ?? "" }.joined(separator: "/")
  }

  /// Whether nodes exchange by servers.
  var usesServers: Bool { figures.interval != nil }

  /// Whether messages may be compressed: workers that share one node's memory send none.
  var usesMessages: Bool { usesServers || !type(of: training.mode).sharesMemory }
}

/// What a simulation has found, as a table, as JSON and as a picture.
struct SimulationReport {
  let rows: [SimulationRow]
  let model: ClusterModel

  /// The table, and a line for each mode that says up to where it holds.
  var lines: [String] {
    var table = TextTable(header: [
      "mode", "servers", "interval", "compression", "workers", "nodes", "samples/s", "efficiency",
      "exchanged", "limit",
    ])
    for row in rows {
      let figures = row.figures
      table.rows.append([
        row.mode, row.usesServers ? "\(row.training.serverCount)" : "-",
        row.usesServers ? "\(row.training.nodeInterval)" : "-",
        row.usesMessages ? row.training.compression.name : "-", "\(row.training.workerCount)",
        "\(row.training.nodeCount)", Figures.grouped(Int(figures.samplesPerSecond.rounded())),
        Figures.fixed(figures.efficiency, 3),
        row.usesServers ? Figures.fixed(figures.exchanged, 3) : "-",
        figures.limitShare > 0
          ? "\(figures.limit.rawValue) \(Figures.fixed(100 * figures.limitShare, 0)) %"
          : figures.limit.rawValue,
      ])
    }
    return table.lines + [""] + groups.map(Self.verdict)
  }

  /// Rows that differ in the number of workers alone.
  private var groups: [[SimulationRow]] {
    var groups: [[SimulationRow]] = []
    for row in rows {
      if let last = groups.last?.last,
        Self.name(last.training, last) == Self.name(row.training, row)
      {
        groups[groups.count - 1].append(row)
      } else {
        groups.append([row])
      }
    }
    return groups
  }

  private static func name(_ training: SimulatedTraining, _ row: SimulationRow) -> String {
    guard type(of: training.mode).sharesMemory else {
      return training.compression == .none
        ? row.mode : "\(row.mode), \(training.compression.name)"
    }
    return "\(row.mode), \(training.serverCount) server\(training.serverCount == 1 ? "" : "s"), "
      + "interval \(training.nodeInterval), \(training.compression.name)"
  }

  /// "hogwild, 1 server, interval 4, none: keeps 90 % up to 256 workers; at 1,024 server core".
  ///
  /// Of what each worker gives with the fewest of them, which is said where it is little.
  private static func verdict(_ group: [SimulationRow]) -> String {
    let sorted = group.sorted { $0.training.workerCount < $1.training.workerCount }
    guard let first = sorted.first, let last = sorted.last else { return "" }
    func kept(_ row: SimulationRow) -> Double { row.figures.efficiency * row.figures.exchanged }
    var text = name(first.training, first) + ": "
    if kept(first) < 0.9 {
      let share = Figures.fixed(100 * kept(first), 0)
      let count = Figures.grouped(first.training.workerCount)
      text += "\(share) % of \(count) workers by themselves (\(first.figures.limit.rawValue)); "
    }
    guard let broken = sorted.firstIndex(where: { kept($0) < 0.9 * kept(first) }) else {
      return text
        + "keeps 90 % up to \(Figures.grouped(last.training.workerCount)) workers, the most tried"
    }
    let count = Figures.grouped(sorted[broken - 1].training.workerCount)
    let row = sorted[broken]
    let limit = (row.figures.exchangeLimit ?? row.figures.limit).rawValue
    return text + "keeps 90 % up to \(count) workers; at "
      + "\(Figures.grouped(row.training.workerCount)) \(limit)"
  }

  /// Everything, in base units.
  var value: Value {
    Value(
      .map([
        .init("rows", Value(.list(rows.map(Self.value)))),
        .init("parameters", Value(.int(model.parameterCount))),
        .init("batch_size", Value(.int(model.batchSize))),
        .init("alone_samples_per_second", .init(.number(alone))),
      ]))
  }

  private var alone: Double { Double(model.batchSize) / model.aloneSeconds }

  private static func value(_ row: SimulationRow) -> Value {
    let (training, figures) = (row.training, row.figures)
    var entries: [Value.Entry] = [
      .init("mode", training.mode.namedValue),
      .init("workers", Value(.int(training.workerCount))),
      .init("nodes", Value(.int(training.nodeCount))),
      .init("samples_per_second", Value(.number(figures.samplesPerSecond))),
      .init("efficiency", Value(.number(figures.efficiency))),
      .init("limit", Value(.string(figures.limit.rawValue))),
      .init("limit_share", Value(.number(figures.limitShare))),
      .init("standard_error", Value(.number(figures.error))),
      .init("events", Value(.int(figures.eventCount))),
    ]
    if row.usesMessages {
      entries.append(.init("compression", Value(.string(training.compression.name))))
    }
    if let interval = figures.interval {
      entries += [
        .init("servers", Value(.int(training.serverCount))),
        .init("interval", Value(.int(training.nodeInterval))),
        .init("reached_interval", Value(.number(interval))),
        .init("exchanged", Value(.number(figures.exchanged))),
        .init("answer_seconds", Value(.number(figures.answerSeconds ?? 0))),
      ]
    }
    return Value(.map(entries))
  }

  /// Samples per second that are exchanged as often as asked, over workers; both axes are logarithmic.
  var chart: LineChart {
    let groups = groups
    let variants = Set(
      rows.filter { type(of: $0.training.mode).sharesMemory }.map {
        "\($0.training.serverCount) \($0.training.nodeInterval) \($0.training.compression.name)"
      })
    var lines = groups.compactMap { group -> LineChart.Line? in
      guard let first = group.first else { return nil }
      let points = group.sorted { $0.training.workerCount < $1.training.workerCount }.map {
        (x: Double($0.training.workerCount), y: $0.figures.exchangedSamplesPerSecond)
      }
      return LineChart.Line(
        variants.count > 1 || !type(of: first.training.mode).sharesMemory
          ? Self.name(first.training, first) : first.mode, points)
    }
    let counts = Set(rows.map { Double($0.training.workerCount) }).sorted()
    lines.append(
      LineChart.Line("each worker by itself", counts.map { ($0, $0 * alone) }, isReference: true))
    return LineChart(
      title: "Samples per second at the interval asked for, simulated", xTitle: "workers",
      yTitle: "samples/s", isLogarithmic: true, lines: lines)
  }
}
