import Configuration
import Distributed
import Foundation
import TestSupport
import Testing

/// Workers that are killed or stopped at the worst moments, in every mode.
@Suite("Faults inside of a push", .serialized)
struct FaultTests {
  /// Modes whose workers enter the lock of the shared memory.
  private static let locked = ["locked", "downpour", "easgd", "eamsgd", "gem", "dynsgd"]

  @Test(
    "a worker that is killed or stopped in a push, or holding the lock, ends the job, which goes on",
    arguments: ModeRegistry.all.map { $0.name })
  func faults(mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let places = Self.locked.contains(mode) ? ["push", "lock"] : ["push"]
      let setting = "distribution.mode=\(mode)"
      var models: [String] = []
      for place in places {
        for kind in ["kill", "stop"] {
          let model = "output.model=\(folder.path)/\(place)-\(kind).h5"
          models.append(model)
          let run = try Program().run(
            [
              "train", job.file, "--ranks", "3", "--quiet", "--set", setting, "--set", model,
              "--set", "distribution.timeout=3",
            ],
            environment: ["SOUNDER_FAULT": "rank=2,step=60,kind=\(kind),at=\(place)"],
            timeoutSeconds: 60)
          let what = "\(kind) at \(place): \(run.status) \(run.errors)"
          // A machine that is busy notices late that a rank is gone: then rank 0 has found that it is silent.
          #expect(
            run.status == 70 || kind == "kill" && run.status == 137, "\(what)")
          #expect(!run.timedOut, "\(what)")
          #expect(run.errorLines.count == 1, "\(what)")
          if kind == "kill" {
            #expect(run.errors.contains("signal 9") || run.errors.contains("rank 2"), "\(what)")
          } else {
            #expect(run.errors.contains("wrote a checkpoint at "), "\(what)")
          }
        }
      }
      let runs = try job.trainAll(workers: 2, models.map { [setting, $0] })
      for run in runs {
        #expect(run.result["epochs"] == 6, "\(run.text)")
        #expect((run.result["val_accuracy"]?.number ?? 0) > 0.9, "\(run.text)")
      }
    }
  }

  @Test(
    "a node's first worker that is killed or stopped in its push to the servers ends the job, which goes on",
    arguments: [
      ["transport=messages", "servers=1"], ["transport=rma", "servers=2"],
      ["compression=int8", "servers=1"],
    ])
  func nodePushes(_ way: [String]) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let settings = way.map { "distribution.\($0)" }
      let nodes = ["SOUNDER_NODE_RANKS": "2"]
      for kind in ["kill", "stop"] {
        let fault = "rank=2,step=30,kind=\(kind),at=node_push"
        let run = try Program().run(
          ["train", job.file, "--ranks", "5", "--quiet", "--set", "distribution.timeout=3"]
            + settings.flatMap { ["--set", $0] },
          environment: nodes.merging(["SOUNDER_FAULT": fault]) { $1 }, timeoutSeconds: 60)
        let what = "\(kind): \(run.status) \(run.errors)"
        #expect(run.status == 70 || kind == "kill" && run.status == 137, "\(what)")
        #expect(!run.timedOut, "\(what)")
        #expect(run.errorLines.count == 1, "\(what)")
        if kind == "kill" {
          #expect(run.errors.contains("signal 9") || run.errors.contains("rank 2"), "\(what)")
        } else {
          #expect(run.errors.contains("rank 2 has given no sign of life"), "\(what)")
          #expect(run.errors.contains("wrote a checkpoint at "), "\(what)")
        }
      }
      let later = try Program("MPIProbe").run(
        ["train", job.file] + settings, ranks: 5, environment: nodes)
      try #require(later.status == 0, "\(later.errors)\(later.output)")
      let result = TrainedRun(result: try Value(json: later.output), text: later.output)
      #expect(result.text.contains("resuming from "), "\(result.text)")
      #expect(result.result["epochs"] == 6, "\(result.text)")
      #expect((result.result["val_accuracy"]?.number ?? 0) > 0.9, "\(result.text)")
    }
  }

  @Test("a fault that cannot be made where it is asked for is an error, and none is passed over")
  func unknown() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      for fault in ["kind=signal,at=push", "kind=throw,at=node_push", "kind=kill,at=sea"] {
        let run = try job.run(workers: 0, [], fault: "rank=0,step=5,\(fault)")
        #expect(run.status == 70, "\(run.status) \(run.errors)")
        #expect(run.errors.contains("SOUNDER_FAULT"), "\(run.errors)")
      }
    }
  }
}
