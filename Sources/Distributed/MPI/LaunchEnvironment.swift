private import Glibc

/// What the launcher (`mpirun`, `srun`) says about the job in the environment, before MPI starts.
public struct LaunchEnvironment: Sendable {
  private let variables: [String: String]

  /// Takes `variables`, by default this process's.
  public init(variables: [String: String]? = nil) {
    self.variables = variables ?? Self.current()
  }

  private static func current() -> [String: String] {
    var found: [String: String] = [:]
    for name in [
      "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", "OMPI_MCA_osc",
      sums,
      "PMI_RANK", "PMI_SIZE", "PMIX_RANK", "SLURM_PROCID", "SLURM_STEP_ID", "SLURM_STEP_NUM_TASKS",
      "SLURM_STEP_NUM_NODES", "SLURM_STEP_LAUNCHER_PORT", "SLURM_LOCALID",
    ] {
      if let value = getenv(name) { found[name] = String(cString: value) }
    }
    return found
  }

  /// Whether `srun` started this very process: a batch script has a step id too, but no launcher.
  private var isSrunTask: Bool {
    variables["SLURM_PROCID"] != nil && variables["SLURM_STEP_LAUNCHER_PORT"] != nil
  }

  /// This process's rank in the job; nil when no launcher started it.
  public var rank: Int? {
    for name in ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"] {
      if let rank = variables[name].flatMap(Int.init) { return rank }
    }
    return isSrunTask ? variables["SLURM_PROCID"].flatMap(Int.init) : nil
  }

  /// How many processes the launcher started; 1 when no launcher started this one.
  public var size: Int {
    for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"] {
      if let size = variables[name].flatMap(Int.init) { return size }
    }
    return isSrunTask ? variables["SLURM_STEP_NUM_TASKS"].flatMap(Int.init) ?? 1 : 1
  }

  /// Whether a launcher started this process.
  public var isLaunched: Bool { rank != nil }

  /// Whether the job's ranks are on more than one node, as far as the launcher tells.
  public var spansNodes: Bool {
    if let size = variables["OMPI_COMM_WORLD_SIZE"].flatMap(Int.init),
      let local = variables["OMPI_COMM_WORLD_LOCAL_SIZE"].flatMap(Int.init)
    {
      return size != local
    }
    return isSrunTask && (variables["SLURM_STEP_NUM_NODES"].flatMap(Int.init) ?? 1) > 1
  }

  /// The settings that Open MPI 4 needs before it starts and nobody has made, by their names in the environment; the
  /// same on all ranks, which must agree about algorithms.
  ///
  /// - Its default one-sided component fails across nodes over TCP; `sm,pt2pt` works on one node and on many. A
  ///   fast fabric has its own.
  /// - It adds up in place by a tree (`MPI_Iallreduce` of libnbc), in which every value crosses a link twice in
  ///   each round, one direction at a time. A ring moves the least; its latency grows with the ranks, and that of
  ///   Rabenseifner's algorithm with their logarithm.
  package var neededSettings: [String: String] {
    guard isLaunched, size > 1 else { return [:] }
    var needed = [Self.sums: size <= 16 ? "ring" : "rabenseifner"]
    if spansNodes, access("/sys/class/infiniband", F_OK) != 0 {
      needed["OMPI_MCA_osc"] = "sm,pt2pt"
    }
    return needed.filter { variables[$0.key] == nil }
  }

  private static let sums = "OMPI_MCA_coll_libnbc_iallreduce_algorithm"
}
