import Distributed
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

  @Test("between nodes Open MPI gets the settings that it needs, and keeps those that it has")
  func settings() {
    let ring = "OMPI_MCA_coll_libnbc_iallreduce_algorithm"
    func needed(_ size: Int, _ local: Int, _ own: [String: String] = [:]) -> [String: String] {
      let places = ["OMPI_COMM_WORLD_SIZE": "\(size)", "OMPI_COMM_WORLD_LOCAL_SIZE": "\(local)"]
      return LaunchEnvironment(variables: places.merging(own) { $1 }).neededSettings
    }
    #expect(needed(4, 4).isEmpty && LaunchEnvironment(variables: [:]).neededSettings.isEmpty)
    #expect(needed(4, 2)[ring] == "ring")
    // Also where a node has fewer ranks than another one: all ranks must say the same.
    #expect(needed(128, 1) == needed(128, 127))
    #expect(needed(129, 64)[ring] == nil)
    #expect(needed(4, 2, [ring: "binomial"])[ring] == nil)
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
