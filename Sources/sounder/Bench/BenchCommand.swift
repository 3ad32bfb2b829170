internal import ArgumentParser
internal import Configuration
internal import Distributed
internal import NN

/// `sounder bench`: what this machine can do, as numbers that can be put beside other programs'.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure training, sharing and reading on this machine.",
    discussion: """
      Every measurement is one line, with --json one JSON object a line. Absolute figures of a
      shared machine mean little: compare within one run. Benchmarks/run.sh does, with peers.
      """,
    subcommands: [
      Train.self, Predict.self, Hogwild.self, Server.self, Read.self, Compression.self,
      Coordinator.self,
    ])

  /// What the measurements of steps share.
  struct Workload: ParsableArguments {
    @Option(help: "Rows of a step.") var batch = 128
    @Option(help: "adam or sgd.") var optimizer = "adam"
    @Option(help: "Seconds of one measurement.") var seconds = 1.0
    @Option(help: "Measurements; the median is shown.") var rounds = 1
    @Flag(help: "Print JSON lines.") var json = false

    func validate() throws {
      guard batch > 0, seconds > 0, seconds.isFinite, rounds > 0 else {
        throw ValidationError("--batch, --seconds and --rounds must be above 0")
      }
      guard StepBench.optimizers.contains(where: { $0.name == optimizer }) else {
        throw ValidationError("--optimizer is adam or sgd, not '\(optimizer)'")
      }
    }

    var named: (name: String, optimizer: any Optimizer) {
      StepBench.optimizers.first { $0.name == optimizer } ?? StepBench.optimizers[0]
    }

    /// Prints one measurement.
    func show(_ bench: String, _ value: Double, unit: String, _ extra: [Value.Entry] = []) {
      if json {
        let entries: [Value.Entry] = [
          .init("bench", Value(.string(bench))), .init("value", Value(.number(value.rounded()))),
          .init("unit", Value(.string(unit))), .init("batch", Value(.int(batch))),
          .init("optimizer", Value(.string(optimizer))),
        ]
        print(Value(.map(entries + extra)).json)
      } else {
        let rest = extra.map { ", \($0.key) \($0.value.summary)" }.joined()
        print("\(bench): \(Int(value.rounded())) \(unit) (batch \(batch), \(optimizer)\(rest))")
      }
    }
  }

  /// One process, one thread, one batch in memory.
  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "train", abstract: "Training steps of one process on a batch in memory.")

    @OptionGroup var workload: Workload
    @Option(help: "mlp, cnn, lstm, gru, ae or wide.") var network = "mlp"
    @Option(help: "float32 or bfloat16.") var precision = "float32"

    func validate() throws {
      guard Precision(rawValue: precision) != nil else {
        throw ValidationError("--precision is float32 or bfloat16, not '\(precision)'")
      }
    }

    func run() throws {
      try runSteps(
        workload, network, "train", optimizer: workload.named.optimizer,
        precision: Precision(rawValue: precision) ?? .float32)
    }
  }

  /// The same without training.
  struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "predict", abstract: "Predictions of one process on a batch in memory.",
      discussion: "With --batch 1 the batch over the value is the latency of a row.")

    @OptionGroup var workload: Workload
    @Option(help: "mlp, cnn, lstm, gru, ae or wide.") var network = "mlp"

    func run() throws { try runSteps(workload, network, "predict", optimizer: nil) }
  }

  /// Workers that share parameters, against the same workers on their own.
  struct Hogwild: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "hogwild",
      abstract: "Workers that share parameters, beside the same workers on their own.",
      discussion: "Starts three ranks, a server and two workers, unless mpirun has started it.")

    @OptionGroup var workload: Workload
    @OptionGroup var launch: LaunchOptions

    func run() throws {
      if !LaunchEnvironment().isLaunched {
        let code = try launch.launcher(rankCount: launch.ranks ?? 3).run()
        if code != 0 { throw ArgumentParser.ExitCode(code) }
        return
      }
      try onRanks(workload) { figures, workers in
        let workers = Value.Entry("workers", Value(.int(workers)))
        func show(_ name: String, _ steps: [Double], _ extra: [Value.Entry] = []) {
          workload.show(
            name, steps.median * Double(workload.batch), unit: "samples/s", [workers] + extra)
        }
        show("hogwild_in_place", figures.inPlace)
        show("hogwild_copy", figures.copy)
        show("independent", figures.independent)
        let usesCopy = figures.copy.median > 1.03 * figures.inPlace.median
        show(
          "hogwild", usesCopy ? figures.copy : figures.inPlace,
          [.init("exchange", usesCopy ? "copy" : "in_place")])
      }
    }
  }

  /// Bytes of a file as floats.
  struct Read: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "read",
      abstract: "Reading bytes of an HDF5 file as floats, beside a bare loop over H5Dread.")

    @Option(help: "Rows of one read.") var batch = 128
    @Option(help: "Measurements; the median is shown.") var rounds = 5
    @Flag(help: "Print JSON lines.") var json = false

    func validate() throws {
      guard (1...60_000).contains(batch), rounds > 0 else {
        throw ValidationError("--batch must be within 1...60000 and --rounds above 0")
      }
    }

    func run() throws {
      for figures in try ReadBench.measure(batch: batch, rounds: rounds) {
        guard json else {
          print(
            "read \(figures.layout): \(Figures.fixed(figures.ours, 2)) GB/s of float, H5Dread's own"
              + " conversion \(Figures.fixed(figures.library, 2)), ratio"
              + " \(Figures.fixed(figures.ratio, 2))")
          continue
        }
        let entries: [Value.Entry] = [
          .init("bench", "read"), .init("layout", Value(.string(figures.layout))),
          .init("value", Value(.number(figures.ours))), .init("unit", "GB/s of float"),
          .init("library", Value(.number(figures.library))),
          .init("ratio", Value(.number(figures.ratio))), .init("batch", Value(.int(batch))),
        ]
        print(Value(.map(entries)).json)
      }
    }
  }

  /// Updates per second of the shared parameters.
  struct Server: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "server",
      abstract: "Updates per second that workers apply to the shared parameters.",
      discussion: "Run it under mpirun, or with --ranks.")

    @Option(help: "Rows of a step.") var batch = 100
    @Option(help: "Seconds of one measurement.") var seconds = 1.0
    @Flag(help: "Print JSON lines.") var json = false
    @OptionGroup var launch: LaunchOptions

    func run() throws {
      if launch.startsRanks { return try launch.launch() }
      var workload = Workload()
      workload.batch = batch
      workload.optimizer = "sgd"
      workload.seconds = seconds
      workload.rounds = 1
      workload.json = json
      try workload.validate()
      try onRanks(workload) { figures, workers in
        let usesCopy = figures.copy.median > 1.03 * figures.inPlace.median
        workload.show(
          "server", (usesCopy ? figures.copy : figures.inPlace).median, unit: "updates/s",
          [
            .init("workers", Value(.int(workers))),
            .init("exchange", usesCopy ? "copy" : "in_place"),
          ])
      }
    }
  }
}

/// Measures steps of one process and shows the median.
private func runSteps(
  _ workload: BenchCommand.Workload, _ network: String, _ bench: String,
  optimizer: (any Optimizer)?, precision: Precision = .float32
) throws {
  Engine.configure(threads: 1)
  let steps = try StepBench(
    try BenchWorkload.named(network), batchSize: workload.batch, optimizer: optimizer,
    precision: precision)
  for _ in 0..<5 { steps.step() }
  let rates = (0..<workload.rounds).map { _ in steps.rate(seconds: workload.seconds) }
  workload.show(
    bench, rates.median, unit: "samples/s",
    [
      .init("network", Value(.string(network))), .init("threads", 1),
      .init("bytes", Value(.int(steps.byteCount))),
    ])
}

/// Measures sharing on the ranks that a launcher has started and lets rank 0 show the figures.
private func onRanks(
  _ workload: BenchCommand.Workload, show: (HogwildBench.Figures, _ workers: Int) -> Void
) throws {
  let code = Session.run { world in
    guard world.size > 1 else {
      throw CommandError(
        "sharing needs a server and a worker: give --ranks 2 or more",
        exitCode: Configuration.ExitCode.usage)
    }
    Engine.configure(threads: 1)
    let mlp = try BenchWorkload.named("mlp")
    let bench = HogwildBench(
      network: try mlp.network(), optimizer: workload.named.optimizer, loss: mlp.loss,
      batchSize: workload.batch,
      rounds: workload.rounds, secondsPerRound: workload.seconds)
    let figures = try bench.run(on: world)
    if world.rank == 0 { show(figures, world.size - 1) }
    return 0
  }
  if code != 0 { throw ArgumentParser.ExitCode(code) }
}

extension [Double] {
  /// The middle value; the upper one of two.
  fileprivate var median: Double { isEmpty ? .nan : sorted()[count / 2] }
}
