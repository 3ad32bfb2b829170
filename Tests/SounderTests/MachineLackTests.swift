import Configuration
import Foundation
import TestSupport
import Testing

/// What a machine, or its MPI, does not give: named, within seconds.
@Suite("A machine that lacks something", .serialized)
struct MachineLackTests {
  /// Whether a process of this user may have a /dev/shm of its own.
  private static let mayMount: Bool = {
    let run = try? Program("/usr/bin/unshare").run(
      ["--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"])
    return run?.status == 0
  }()
  private static let fewRights = Comment(
    "a /dev/shm for a test needs root, and a system that permits it")
  private let lack = "/dev/shm has "

  /// Runs a command line where /dev/shm has `size`, of which nothing is left when it `isFull`.
  private func run(
    _ command: [String], size: String, isFull: Bool = false, environment: [String: String] = [:],
    in folder: URL
  ) throws -> Program.Run {
    let fill = isFull ? "cat /dev/zero >/dev/shm/full 2>/dev/null; " : ""
    return try Program("/usr/bin/unshare").run(
      [
        "--mount", "--propagation", "private", "sh", "-c",
        "mount -t tmpfs -o size=\(size) tmpfs /dev/shm || exit 1; \(fill)exec \"$@\"", "sh",
      ] + command, in: folder, environment: environment, timeoutSeconds: 40)
  }

  private func train(ranks: Int) -> [String] {
    [Program().path, "train", "job.yaml", "--ranks", "\(ranks)", "--set", "training.epochs=1"]
  }

  @Test(
    "parameters that /dev/shm has no room for are trained in private copies",
    .enabled(if: mayMount, fewRights))
  func parameters() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      // With Adam's moments 28.8 MB.
      try job.edit("units: 8,", "units: 300000,")
      let run = try run(train(ranks: 3), size: "24m", in: folder)
      #expect(run.status == 0 && !run.timedOut, "\(run.status) \(run.errors)")
      #expect(run.errorLines.isEmpty, "\(run.errors)")
      let note = "each worker trains a private copy of the parameters: "
      #expect(run.errors.contains(note), "\(run.errors)")
      #expect(run.errors.contains(lack), "\(run.errors)")
      #expect(run.errors.contains("2 private copies"), "\(run.errors)")
    }
  }

  @Test(
    "a server's window that /dev/shm has no room for is replaced by messages",
    .enabled(if: mayMount, fewRights),
    .enabled(if: !Launch.isHydra, "MPICH takes much of the room itself"))
  func servers() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      // 12.8 MB, which fit into the room once: for the two workers that share a node.
      try job.edit("units: 8,", "units: 400000,")
      try job.edit("adam: {learning_rate: 0.05}", "sgd: {learning_rate: 0.05}")
      let run = try run(
        train(ranks: 4) + ["--set", "distribution.servers=1"], size: "20m",
        environment: ["SOUNDER_NODE_RANKS": "2"], in: folder)
      #expect(run.status == 0 && !run.timedOut, "\(run.status) \(run.errors)")
      #expect(run.errors.contains("transport between nodes: messages"), "\(run.errors)")
      #expect(run.errors.contains(lack), "\(run.errors)")
      #expect(run.errors.contains("2 nodes, messages"), "\(run.errors)")
    }
  }

  @Test(
    "a /dev/shm that is full from the start is named, by a training and by a check",
    .enabled(if: mayMount, fewRights),
    .enabled(if: !Launch.isHydra, "MPICH does not start without room in /dev/shm, and says so"))
  func full() throws {
    try withTemporaryFolder { folder in
      _ = try SmallJob(in: folder)
      let trained = try run(train(ranks: 3), size: "64k", isFull: true, in: folder)
      #expect(trained.status == 0 && !trained.timedOut, "\(trained.status) \(trained.errors)")
      let notes = trained.errors.split(separator: "\n").filter {
        $0.contains("private copy of the")
      }
      #expect(notes.count == 1, "\(trained.errors)")
      #expect(notes.first?.contains(lack) == true, "\(trained.errors)")
      #expect(trained.seconds < 120)
      let sound = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", "3", Program().path]
      let checked = try run(
        sound + ["check", "job.yaml"], size: "64k", isFull: true, in: folder)
      #expect(checked.status == ExitCode.fault && !checked.timedOut, "\(checked.output)")
      let line = checked.output.split(separator: "\n").first { $0.contains("shared window") }
      #expect(line?.contains(lack) == true, "\(checked.output) \(checked.errors)")
    }
  }

  @Test(
    "an MPI without thread support ends with one line",
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/cc"), "no C compiler"),
    arguments: [1, 3])
  func threads(ranks: Int) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      // The launcher has the library, too, and no MPI.
      try """
      #pragma weak PMPI_Init_thread
      int PMPI_Init_thread(int *, char ***, int, int *);
      int MPI_Init_thread(int *count, char ***values, int required, int *provided) {
        int code = PMPI_Init_thread(count, values, required, provided);
        *provided = 0; /* MPI_THREAD_SINGLE */
        return code;
      }
      """.write(to: job.url("single.c"), atomically: true, encoding: .utf8)
      let library = job.url("single.so").path
      let compiled = try Program("/usr/bin/cc").run(
        ["-shared", "-fPIC", "-o", library, "single.c"], in: folder)
      try #require(compiled.status == 0, "\(compiled.errors)")
      let run = try Program().run(
        Array(train(ranks: ranks).dropFirst()), in: folder, environment: ["LD_PRELOAD": library],
        timeoutSeconds: 30)
      #expect(run.status == ExitCode.fault && !run.timedOut, "\(run.status) \(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
      #expect(run.errorLines.first?.contains("MPI_THREAD_FUNNELED") == true, "\(run.errors)")
      #expect(run.errors.contains("use a build of it with thread support"), "\(run.errors)")
      #expect(job.bytes("model.h5") == nil)
    }
  }
}
