import Distributed
import Foundation
import HyperOpt
import Testing

@Suite("Where steps run")
struct StepsPlaceTests {
  private func allocation(_ list: String, _ tasks: String) throws -> [Slot]? {
    try StepSlots.allocation([
      "SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": list, "SLURM_TASKS_PER_NODE": tasks,
    ]) { $0.replacingOccurrences(of: ",", with: "\n") }
  }

  @Test("is read from Slurm's variables")
  func slurm() throws {
    #expect(try allocation("a,b,c", "2(x2),1")?.map(\.node) == ["a", "a", "b", "b", "c"])
    #expect(try allocation("a", "3")?.map(\.id) == [0, 1, 2])
    #expect(try StepSlots.allocation([:]) { _ in nil } == nil)
    for tasks in ["", "x", "2(x", "0", "-1", "2(x9)", "2(x99999999999)"] {
      #expect(throws: StudyError.self, "\(tasks)") { try allocation("a,b,c", tasks) }
    }
  }

  @Test("is told to each launcher in its dialect")
  func launchers() {
    let machine = StepSlots.machine(2)
    let nodes = [Slot(id: 0, node: "a"), Slot(id: 1, node: "a"), Slot(id: 5, node: "b")]
    let mpirun = StepLauncher.mpirun(path: "mpirun", .openMPI, namesHosts: false)
    #expect(
      mpirun.arguments(slots: machine)
        == ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", "2"])
    let hosts = StepLauncher.mpirun(path: "mpirun", .openMPI, namesHosts: true)
    #expect(hosts.arguments(slots: nodes).starts(with: ["mpirun", "--host", "a:2,b:1"]))
    let hydra = StepLauncher.mpirun(path: "mpirun", .hydra, namesHosts: true)
    #expect(
      hydra.arguments(slots: nodes)
        == ["mpirun", "-hosts", "a:2,b:1", "-bind-to", "none", "-n", "3"])
    let srun = StepLauncher.srun(path: "srun", .openMPI)
    let words = srun.arguments(slots: nodes)
    for word in [
      "--exact", "--mpi=pmix", "--nodes=2", "--ntasks=3", "--nodelist=a*2,b",
      "--distribution=arbitrary",
    ] { #expect(words.contains(word), "\(words)") }
    let even = StepLauncher.srun(path: "srun", .hydra).arguments(slots: [nodes[0]], usesMPI: false)
    #expect(even.contains("--mpi=none") && even.contains("--nodelist=a"))
    #expect(StepLauncher.srun(path: "srun", .hydra).arguments(slots: nodes).contains("--mpi=pmi2"))
  }
}
