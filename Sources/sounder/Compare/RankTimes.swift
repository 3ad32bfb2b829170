private import Distributed
internal import HyperOpt

/// What each rank of each training did with its time, and how stale the updates were.
extension Comparison {
  /// So many ranks at the most are told of in a terminal.
  static let shownRankCount = 16

  /// The columns' names of `rankRows`.
  package static let rankHeader = [
    "mode", "ranks", "rank", "role", "reading %", "computing %", "communicating %", "waiting %",
    "CPU %", "memory", "bytes/step",
  ]

  /// A row for each rank of each training that has a result.
  package var rankRows: [[String]] {
    done.flatMap { run in
      run.ranks.map { rank in
        func percent(_ seconds: Double) -> String {
          rank.trainSeconds > 0 ? Figures.fixed(100 * seconds / rank.trainSeconds, 1) : "-"
        }
        return [
          run.modeWords, "\(run.rankCount)", "\(rank.rank)", rank.isServer ? "server" : "worker",
          percent(rank.readSeconds), percent(rank.computeSeconds),
          percent(rank.communicateSeconds), percent(rank.waitSeconds),
          Figures.fixed(100 * rank.cpuShare, 0), Figures.bytes(rank.residentByteCount),
          rank.stepCount > 0 ? Figures.bytes(rank.byteCount / rank.stepCount) : "-",
        ]
      }
    }
  }

  /// Bars of every worker's time, and the figures of all ranks.
  func addRanks(to page: inout ReportPage) {
    let bars = done.flatMap { run in
      run.ranks.filter { $0.trainSeconds > 0 }.map { rank in
        (
          name: "\(run.name), rank \(rank.rank)",
          shares: [
            rank.readSeconds, rank.computeSeconds, rank.communicateSeconds, rank.waitSeconds,
          ].map { $0 / rank.trainSeconds }
        )
      }
    }
    page.add(
      ShareChart(
        title: "Time of each rank",
        parts: [("reading", 3), ("computing", 2), ("communicating", 0), ("waiting", 1)],
        rows: bars,
        note:
          "Shares of a worker's time of training, without validation and checkpoints. A server makes no steps."
      ))
    let rows = rankRows
    guard !rows.isEmpty else { return }
    page.add(
      title: "Figures of each rank", header: Self.rankHeader, rows: rows,
      note: "CPU % is of one core. A click on a column's name sorts.")
  }

  /// How stale the updates of every training were, and the exchanges between its nodes.
  func addStaleness(to page: inout ReportPage) {
    func pictures(_ histogram: (ComparedRun) -> StalenessHistogram?) -> [BarChart.Picture] {
      done.compactMap { run in
        histogram(run).map { histogram in
          BarChart.Picture(
            name: run.name, bars: histogram.shares.map { ($0.label, 100 * $0.share) },
            color: color(of: run))
        }
      }
    }
    page.add(
      BarChart(
        title: "Staleness", xTitle: "staleness", yTitle: "% of the updates",
        pictures: pictures(\.histogram),
        note:
          "The share of the updates, in percent, before which so many updates of others came between a worker's "
          + "reading and its writing."))
    page.add(
      BarChart(
        title: "Staleness between nodes", xTitle: "staleness", yTitle: "% of the exchanges",
        pictures: pictures { $0.nodes?.histogram },
        note:
          "The share of a node's exchanges, in percent, before which so many exchanges of others came."
      ))
  }
}
