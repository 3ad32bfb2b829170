internal import ArgumentParser
private import Configuration

extension BenchCommand {
  /// How fast numbers are made smaller, and read again.
  struct Compression: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compression",
      abstract: "Compressing what nodes exchange, beside a plain copy of the floats.",
      discussion: "With error feedback, per second of one core; in turns, the median of the rounds."
    )

    @Option(help: "Numbers of a message.") var count = 270_000
    @Option(
      name: .customLong("compression"), parsing: .upToNextOption,
      help: "Compressions, as in a job file.")
    var names = ["none", "bf16", "int8", "topk"]
    @Option(help: "Seconds of one measurement.") var seconds = 0.05
    @Option(help: "Measurements; the median is shown.") var rounds = 5
    @Flag(help: "Print JSON lines.") var json = false

    func validate() throws {
      guard (1...1_000_000_000).contains(count), seconds > 0, seconds.isFinite, rounds > 0 else {
        throw ValidationError(
          "--count must be within 1...1000000000, --seconds and --rounds above 0")
      }
    }

    func run() throws {
      let bench = CompressionBench(count: count, seconds: seconds, rounds: rounds)
      for figures in try bench.measure(names) {
        guard json else {
          print(
            "\(figures.name): encode \(Figures.fixed(figures.encode, 1)), decode"
              + " \(Figures.fixed(figures.decode, 1)), add \(Figures.fixed(figures.add, 1)), a copy"
              + " \(Figures.fixed(figures.copy, 1)) GB/s of float; a message has"
              + " \(Figures.fixed(100 * figures.share, 1)) % of the bytes")
          continue
        }
        let entries: [Value.Entry] = [
          .init("bench", "compression"), .init("compression", Value(.string(figures.name))),
          .init("encode", Value(.number(figures.encode))),
          .init("decode", Value(.number(figures.decode))),
          .init("add", Value(.number(figures.add))), .init("copy", Value(.number(figures.copy))),
          .init("unit", "GB/s of float"), .init("bytes", Value(.number(figures.share))),
          .init("count", Value(.int(count))),
        ]
        print(Value(.map(entries)).json)
      }
    }
  }
}
