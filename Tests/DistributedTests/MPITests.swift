import Foundation
import TestSupport
import Testing

@Suite("MPI on several ranks", .serialized)
struct MPITests {
  private let probe = Program("MPIProbe")

  @Test(
    "collectives, messages, windows, the update counter, the lock and buckets do what they say",
    arguments: ["collectives", "messages", "window", "counter", "lock", "buckets"], [1, 2, 3])
  func scenario(name: String, ranks: Int) throws {
    let run = try probe.run([name], ranks: ranks)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output == "\(name) ok on \(ranks)\n")
  }

  @Test("sums go by nodes of several ranks, also by the algorithm that many ranks take")
  func nodes() throws {
    for algorithm in ["ring", "rabenseifner"] {
      let run = try probe.run(
        ["buckets"], ranks: 5,
        environment: ["OMPI_MCA_coll_libnbc_iallreduce_algorithm": algorithm])
      #expect(run.status == 0 && run.output == "buckets ok on 5\n", "\(algorithm): \(run.errors)")
    }
  }

  @Test("a world of its own needs no launcher")
  func singleton() throws {
    let run = try probe.run(["collectives"])
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test("a process alone makes no folder of Open MPI's, which another one could remove")
  func noSessionFolder() throws {
    let run = try probe.run(
      ["collectives"], environment: ["OMPI_MCA_orte_tmpdir_base": "/proc/none"])
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test("one rank that throws ends the job within seconds, with one line", arguments: [1, 2, 3])
  func oneRankThrows(ranks: Int) throws {
    let run = try probe.run(["throw"], ranks: ranks, timeoutSeconds: 30)
    #expect(!run.timedOut)
    #expect(run.status == 65)
    #expect(run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errorLines.first?.contains("fails on purpose") == true)
  }

  @Test("ranks that throw together say so once", arguments: [2, 3])
  func everyRankThrows(ranks: Int) throws {
    let run = try probe.run(["throw-everywhere"], ranks: ranks, timeoutSeconds: 30)
    #expect(run.status == 66)
    #expect(run.errorLines.count == 1, "\(run.errors)")
  }

  @Test("the body's result is the exit code", arguments: [1, 3])
  func exitCode(ranks: Int) throws {
    #expect(try probe.run(["code"], ranks: ranks).status == 75)
  }

  @Test("a process that hangs in a call ends at its deadline with its line", arguments: [1, 2])
  func deadline(ranks: Int) throws {
    let run = try probe.run(["deadline"], ranks: ranks, timeoutSeconds: 20)
    #expect(run.status == 70 && !run.timedOut, "\(run.status) \(run.errors)")
    #expect(run.errors.contains("late") && !run.errors.contains("never"), "\(run.errors)")
  }

  @Test("processes of a foreign launcher are told that each is alone")
  func foreignLauncher() throws {
    let run = try probe.run(
      ["collectives"],
      environment: [
        "SLURM_PROCID": "0", "SLURM_STEP_LAUNCHER_PORT": "1", "SLURM_STEP_NUM_TASKS": "3",
      ])
    #expect(run.status == 70)
    #expect(run.errorLines.first?.contains("srun --mpi=pmix") == true, "\(run.errors)")
  }
}
