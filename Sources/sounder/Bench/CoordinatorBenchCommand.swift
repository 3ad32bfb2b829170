internal import ArgumentParser
private import Configuration
private import Foundation

extension BenchCommand {
  /// Events per second of a search's coordinator, and how busy it keeps its groups.
  struct Coordinator: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "coordinator",
      abstract: "Trial events per second of a search's coordinator, with simulated groups.",
      discussion: """
        Events are asks, reports and tells; each is answered once the journal is synced. Without
        --trial-seconds groups send --rate events per second in all. How busy the default sampler
        keeps 64 groups with trials of a second, on one core:

          taskset -c 1 sounder bench coordinator --groups 64 --trial-seconds 1 --reports 1 \\
            --sampler gp --trials 500 --seconds 60
        """)

    @Option(help: "Simulated groups.") var groups = 1000
    @Option(help: "Reports of a trial.") var reports = 8
    @Option(help: "Events per second that the groups send; 0: as many as are answered.")
    var rate = 10_000.0
    @Option(help: "Seconds of a trial, in place of --rate.") var trialSeconds: Double?
    @Option(help: "Trials after which the search ends.") var trials: Int?
    @Option(help: "Seconds of the measurement.") var seconds = 10.0
    @Option(help: "The sampler, as in a job file.") var sampler = "random"
    @Option(help: "The pruner, as in a job file.") var pruner = "none"
    @Option(help: "The folder for the journal; the default is the one for temporary files.")
    var folder: String?
    @Flag(help: "Print JSON lines.") var json = false

    func validate() throws {
      guard groups > 0, reports > 0, rate >= 0, seconds > 0, trialSeconds ?? 1 > 0, trials ?? 1 > 0
      else {
        throw ValidationError("counts and seconds must be above 0, and --rate not below it")
      }
    }

    func run() throws {
      let folder =
        (folder.map { URL(fileURLWithPath: $0) } ?? FileManager.default.temporaryDirectory)
        .appendingPathComponent("sounder-bench-\(UUID().uuidString)", isDirectory: true)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      // A trial is an ask, its reports and a tell, spread over reports + 1 intervals.
      let cycle = rate > 0 ? Double(groups * (reports + 2)) / rate : 0
      let bench = CoordinatorBench(
        groupCount: groups, reportCount: reports, trialSeconds: trialSeconds ?? cycle,
        isSpread: trialSeconds == nil,
        trialLimit: trials, seconds: seconds, sampler: try Value(yaml: sampler, file: "--sampler"),
        pruner: try Value(yaml: pruner, file: "--pruner"), folder: folder)
      show(try bench.run())
    }

    private func show(_ figures: CoordinatorBench.Figures) {
      let rows: [(String, Double, String)] = [
        ("events_per_second", figures.eventsPerSecond, "1/s"),
        ("asks", Double(figures.asks), ""), ("reports", Double(figures.reports), ""),
        ("tells", Double(figures.tells), ""), ("seconds", figures.seconds, "s"),
        ("answer_median", 1e3 * figures.answerDelays.quantile(0.5), "ms"),
        ("answer_99th_percentile", 1e3 * figures.answerDelays.quantile(0.99), "ms"),
        ("order_median", 1e3 * figures.orderDelays.quantile(0.5), "ms"),
        ("order_99th_percentile", 1e3 * figures.orderDelays.quantile(0.99), "ms"),
        ("busy", 100 * figures.busyShare, "%"), ("processor", 100 * figures.processorShare, "%"),
        ("sync_median", 1e3 * figures.syncSeconds.quantile(0.5), "ms"),
        ("sync_99th_percentile", 1e3 * figures.syncSeconds.quantile(0.99), "ms"),
        ("journal", Double(figures.journalByteCount) / 1e6, "MB"),
      ]
      if json {
        var entries: [Value.Entry] = [
          .init("bench", "coordinator"), .init("groups", Value(.int(groups))),
          .init("sampler", Value(.string(sampler))), .init("pruner", Value(.string(pruner))),
        ]
        entries += rows.map { .init($0.0, Value(.number($0.1))) }
        print(Value(.map(entries)).json)
        return
      }
      print("coordinator: \(groups) groups, sampler \(sampler), pruner \(pruner)")
      for (name, value, unit) in rows {
        let title = name.replacingOccurrences(of: "_", with: " ")
        print("  \(title): \(Figures.fixed(value, value >= 100 ? 0 : 2)) \(unit)")
      }
    }
  }
}

extension [Double] {
  /// The value below which that share of the sorted values lies.
  fileprivate func quantile(_ share: Double) -> Double {
    isEmpty ? .nan : self[Swift.min(count - 1, Int(share * Double(count)))]
  }
}
