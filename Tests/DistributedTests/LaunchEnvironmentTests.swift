import Distributed
import Foundation
import Testing

@Suite("The launcher's environment")
struct LaunchEnvironmentTests {
  @Test("no variables: a process on its own")
  func alone() {
    let environment = LaunchEnvironment(variables: [:])
    #expect(environment.rank == nil)
    #expect(environment.size == 1)
    #expect(!environment.isLaunched)
    #expect(!environment.spansNodes)
  }

  @Test("Open MPI's variables give rank, size and whether there are several nodes")
  func openMPI() {
    var variables = [
      "OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_LOCAL_SIZE": "4",
    ]
    #expect(LaunchEnvironment(variables: variables).rank == 2)
    #expect(LaunchEnvironment(variables: variables).size == 4)
    #expect(!LaunchEnvironment(variables: variables).spansNodes)
    variables["OMPI_COMM_WORLD_LOCAL_SIZE"] = "2"
    #expect(LaunchEnvironment(variables: variables).spansNodes)
  }

  @Test(
    "Open MPI gets the settings that it needs, the same on all ranks, and keeps those that it has")
  func settings() {
    let ring = "OMPI_MCA_coll_libnbc_iallreduce_algorithm"
    func needed(_ size: Int, _ local: Int, _ own: [String: String] = [:]) -> [String: String] {
      let places = [
        "OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "\(size)",
        "OMPI_COMM_WORLD_LOCAL_SIZE": "\(local)",
      ]
      return LaunchEnvironment(variables: places.merging(own) { $1 }).neededSettings
    }
    #expect(needed(1, 1).isEmpty && LaunchEnvironment(variables: [:]).neededSettings.isEmpty)
    #expect(needed(4, 4) == [ring: "ring"])
    #expect(needed(17, 16)[ring] == "rabenseifner" && needed(17, 16) == needed(17, 1))
    #expect(needed(4, 2, [ring: "binomial"])[ring] == nil)
    let hasFabric = FileManager.default.fileExists(atPath: "/sys/class/infiniband")
    #expect(needed(4, 2)["OMPI_MCA_osc"] == (hasFabric ? nil : "sm,pt2pt"))
    #expect(needed(4, 2, ["OMPI_MCA_osc": "rdma"])["OMPI_MCA_osc"] == nil)
  }

  @Test("srun's tasks count, a batch script's own variables do not")
  func slurm() {
    var variables = ["SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "3", "SLURM_STEP_NUM_NODES": "2"]
    #expect(LaunchEnvironment(variables: variables).size == 1)
    #expect(!LaunchEnvironment(variables: variables).isLaunched)
    variables["SLURM_STEP_LAUNCHER_PORT"] = "40001"
    #expect(LaunchEnvironment(variables: variables).size == 3)
    #expect(LaunchEnvironment(variables: variables).rank == 1)
    #expect(LaunchEnvironment(variables: variables).spansNodes)
  }

  @Test("MPICH's variables give rank and size")
  func hydra() {
    let environment = LaunchEnvironment(variables: ["PMI_RANK": "0", "PMI_SIZE": "5"])
    #expect(environment.rank == 0)
    #expect(environment.size == 5)
  }
}
