import HyperOpt
import Testing

@Suite("The surroundings of a step")
struct StepsEnvironmentTests {
  @Test(
    "the remaining time is read in Slurm's words",
    arguments: [
      ("1-02:03:04\n", 93784), ("02:03:04", 7384), ("3:04", 184), ("0:00", 0), ("UNLIMITED", nil),
      ("INVALID", nil), ("", nil), ("-1", nil), ("1-", nil),
    ] as [(String, Double?)])
  func remaining(text: String, seconds: Double?) {
    #expect(RemainingTime.seconds(text) == seconds)
  }

  @Test("variables of a launcher are not passed on, a user's are")
  func environment() {
    let mine = [
      "PATH": "/bin", "OMPI_MCA_btl": "self", "SLURM_JOB_ID": "3", "OMP_NUM_THREADS": "1",
    ]
    let kept = StepEnvironment.scrubbed(mine, dialect: nil)
    #expect(kept == mine)
    var launched = mine
    for name in [
      "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "ORTE_X", "OPAL_X", "OMPI_MCA_orte_x",
    ] { launched[name] = "0" }
    var expected = mine
    expected["OMPI_MCA_btl"] = nil
    launched["SLURM_MEM_PER_NODE"] = "4000"
    expected["SLURM_MEM_PER_NODE"] = "0"
    #expect(StepEnvironment.scrubbed(launched, dialect: nil) == expected)
  }
}
