internal import FoundationEssentials

/// What the environment says about this process's place in a job, before MPI is up.
struct LaunchedRank: Equatable {
  /// The rank, counted from 0.
  let rank: Int
  /// The number of ranks, when the launcher says it.
  let count: Int?
  /// The launcher in a user's words; nil when the process was started alone.
  let launcher: String?

  /// This process's place.
  static var current: LaunchedRank {
    LaunchedRank(environment: ProcessInfo.processInfo.environment)
  }

  /// Reads the variables of the launchers that are known.
  init(environment: [String: String]) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    if let rank = number("OMPI_COMM_WORLD_RANK") {
      self.init(rank, number("OMPI_COMM_WORLD_SIZE"), "mpirun")
    } else if let rank = number("SLURM_PROCID"), let count = number("SLURM_STEP_NUM_TASKS"),
      count > 1
    {
      self.init(rank, count, "srun")
    } else if let rank = number("PMI_RANK") {
      self.init(rank, number("PMI_SIZE"), "mpirun")
    } else if let rank = number("PMIX_RANK") {
      self.init(rank, number("SLURM_STEP_NUM_TASKS"), "a PMIx launcher")
    } else {
      self.init(0, 1, nil)
    }
  }

  private init(_ rank: Int, _ count: Int?, _ launcher: String?) {
    self.rank = rank
    self.count = count
    self.launcher = launcher
  }

  /// Whether this process speaks for the job.
  var isFirst: Bool { rank == 0 }
}
