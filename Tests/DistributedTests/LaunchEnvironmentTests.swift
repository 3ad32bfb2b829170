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
