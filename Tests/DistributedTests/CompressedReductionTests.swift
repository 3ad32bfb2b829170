import Configuration
import Distributed
import Foundation
import HDF5
import TestSupport
import Testing

/// Modes whose workers add up over all ranks, with compressed messages.
@Suite("Compressed sums of sync and localsgd", .serialized)
struct CompressedReductionTests {
  /// The modes, and how they are named here: with meetings that are close enough for some hundred messages.
  static let modes = ModeRegistry.all.filter { !$0.sharesMemory }.map { $0.name }

  private static func mode(_ name: String) -> String {
    name == "localsgd"
      ? "distribution.mode={localsgd: {interval: 2, outer_learning_rate: 1, outer_momentum: 0}}"
      : "distribution.mode=\(name)"
  }

  private static func compression(_ name: String) -> String { "distribution.compression=\(name)" }

  /// Every compression; of the largest numbers so many that each comes after some messages.
  private static let names = CompressionRegistry.all.map {
    $0.name == "topk" ? "{topk: {fraction: 0.2}}" : $0.name
  }

  @Test(
    "all that is given arrives or is left out, and all ranks have the same bits",
    arguments: [1, 2, 3, 4])
  func scenario(ranks: Int) throws {
    let run = try Program("MPIProbe").run(["reduction"], ranks: ranks, timeoutSeconds: 180)
    #expect(run.status == 0 && run.output == "reduction ok on \(ranks)\n", "\(run.errors)")
  }

  @Test("every compression learns as floats do", arguments: modes, [2, 3])
  func converges(_ mode: String, workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: ["- batch_normalization"])
      let common = [Self.mode(mode), "training.batch_size=8"]
      let runs = try job.trainAll(
        workers: workers, [common] + Self.names.map { common + [Self.compression($0)] })
      let plain = try #require(runs[0].losses.last)
      for (name, run) in zip(Self.names, runs.dropFirst()) {
        #expect((run.result["val_accuracy"]?.number ?? 0) > 0.98, "\(name): \(run.text)")
        #expect(run.result["samples"]?.int == 6 * 3000, "\(name): \(run.text)")
        let loss = try #require(run.losses.last)
        #expect(loss < plain + 0.02, "\(name): a loss of \(loss) beside \(plain)")
        if name == "none" {
          // Without a compression nothing goes another way.
          #expect(run.hash == runs[0].hash)
        } else {
          #expect(run.hash != runs[0].hash, "\(name) is not used")
          #expect(run.text.contains(", compressed\""), "\(run.text)")
        }
      }
    }
  }

  @Test("equal runs have equal bits", arguments: modes)
  func reproducible(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = [Self.mode(mode), Self.compression("{push: topk, pull: int8}")]
      let runs = try job.trainAll(workers: 3, [settings, settings])
      #expect(runs[0].hash == runs[1].hash)
    }
  }

  @Test("one worker has nobody to send to: it trains to the same bits", arguments: modes, [0, 1])
  func alone(_ mode: String, workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let runs = try job.trainAll(
        workers: workers, [[Self.mode(mode)], [Self.mode(mode), Self.compression("topk")]])
      #expect(runs[0].hash == runs[1].hash)
    }
  }

  @Test("the workers of a node add up as floats, nodes by messages", arguments: modes)
  func nodes(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      // Nodes of one, two and two workers beside the server.
      let run = try Program("MPIProbe").run(
        ["train", job.file, Self.mode(mode), Self.compression("int8"), "training.batch_size=8"],
        ranks: 6, environment: ["SOUNDER_NODE_RANKS": "2"], timeoutSeconds: 120)
      try #require(run.status == 0, "\(run.errors)\(run.output)")
      let result = try Value(json: run.output)
      #expect((result["val_accuracy"]?.number ?? 0) > 0.98, "\(run.output)")
      #expect(result["samples"]?.int == 6 * 3000, "\(run.output)")
    }
  }

  /// What a checkpoint has of what messages left out.
  private func leftOut(_ path: String) throws -> [Float] {
    try File(opening: path).root().group("sounder").group("checkpoint")
      .dataset("exchange_left_out").readAll(as: Float.self)
  }

  @Test(
    "what was stopped goes on with what messages left out", arguments: modes,
    ["int8", "{topk: {fraction: 0.2}}"])
  func resumes(_ mode: String, compression: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = [
        Self.mode(mode), "training.optimizer={sgd: {learning_rate: 0.1}}",
        "training.batch_size=8",
      ]
      let compressed = settings + [Self.compression(compression)]
      let whole = try job.train(workers: 2, compressed)
      try FileManager.default.removeItem(atPath: job.model)
      let stopped = try job.train(
        workers: 2, compressed, fault: "rank=2,step=601,kind=signal", expecting: 75)
      let done = stopped.result["samples"]?.int ?? 0
      #expect(done > 3 * 3000 && done < 5 * 3000, "\(stopped.text)")
      let rest = try leftOut(job.checkpoint)
      #expect(rest.count == whole.parameters.count)
      #expect(rest.contains { $0 != 0 } && rest.allSatisfy { $0.isFinite })
      let checkpoint = try Data(contentsOf: URL(fileURLWithPath: job.checkpoint))
      // As many workers, others, one alone, and another compression.
      let ways: [(workers: Int, settings: [String])] = [
        (2, compressed), (3, compressed), (0, compressed),
        (2, settings + [Self.compression("{push: bf16}")]), (2, settings),
      ]
      for (workers, settings) in ways {
        try checkpoint.write(to: URL(fileURLWithPath: job.checkpoint))
        let run = try job.train(workers: workers, settings)
        let place = "\(workers) workers, \(settings): \(run.text)"
        #expect(run.text.contains("resuming"), "\(place)")
        #expect(run.result["samples"]?.int == 6 * 3000 - done, "\(place)")
        #expect((run.result["val_accuracy"]?.number ?? 0) > 0.98, "\(place)")
        guard workers == 2, settings == compressed else { continue }
        // The owners have what the others had kept, so it comes in other messages, not in another amount.
        let distance = zip(run.parameters, whole.parameters).map { abs($0 - $1) }.max() ?? .infinity
        #expect(distance < (compression == "int8" ? 0.02 : 0.1), "\(distance) away: \(place)")
      }
    }
  }

  @Test("a worker that throws or dies beside compressed messages ends the job", arguments: modes)
  func fault(_ mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      for kind in ["throw", "kill"] {
        let run = try job.run(
          workers: 2, [Self.mode(mode), Self.compression("int8")],
          fault: "rank=1,step=20,kind=\(kind)", timeoutSeconds: 30)
        #expect(!run.timedOut && run.status != 0, "\(run.errors)")
      }
    }
  }

  private func section(_ yaml: String) throws -> DistributionConfiguration {
    var options = try Options(try Value(yaml: yaml, file: "job.yaml"), at: ["distribution"])
    let section = try DistributionConfiguration(options: &options)
    try options.finish()
    return section
  }

  @Test("the key stands beside the mode, is written where it is given, and has its memory")
  func option() throws {
    for mode in Self.modes {
      let plain = try section("mode: \(mode)")
      #expect(plain.value["compression"] == nil)
      let read = try section("{mode: \(mode), compression: {push: int8, pull: bf16}}")
      #expect(read.value["compression"]?["push"]?["int8"]?["block"] == 256)
      var written = try Options(read.value, at: ["distribution"])
      #expect(try DistributionConfiguration(options: &written).value == read.value)
      // A byte and two bytes in messages, there and back; two residuals, and what they were before a sum.
      #expect(read.ownFloats(slotCount: 0) == plain.ownFloats(slotCount: 0) + 2 + 3)
      #expect(
        try section("{mode: \(mode), compression: none}").ownFloats(slotCount: 0)
          == plain.ownFloats(slotCount: 0))
    }
  }

  @Test("what these modes do not have is said")
  func refused() {
    func message(_ yaml: String) -> String {
      do { _ = try section(yaml) } catch { return "\(error)" }
      return ""
    }
    for mode in Self.modes {
      for key in ["servers: 2", "transport: messages", "node_interval: 3", "node_merge: sum"] {
        let text = message("{mode: \(mode), compression: int8, \(key)}")
        #expect(text.contains("mode \(mode) has no servers"), "\(text)")
        #expect(text.contains("remove the key"), "\(text)")
      }
      #expect(
        message("{mode: \(mode), compression: int8, servers: colocated}").contains("no servers"))
    }
    let bucket = message("{mode: {sync: {bucket: 3 MiB}}, compression: int8}")
    #expect(bucket.contains("remove bucket"), "\(bucket)")
    #expect(message("{mode: {sync: {bucket: 3 MiB}}, compression: none}") == "")
  }
}
