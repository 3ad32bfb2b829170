package import Distributed
private import FoundationEssentials
private import Glibc

/// The variables that a step inherits.
package enum StepEnvironment {
  /// What a launcher tells its ranks: a step that hears of a job which is not its own does not start.
  private static let launchers = [
    "OMPI_", "PMIX_", "PMI_", "ORTE_", "OPAL_", "PRTE_", "HYDRA_", "HYDI_", "MPI_LOCAL", "MPIR_",
  ]

  /// `variables` without a launcher's, and with what the launcher of `dialect` needs.
  ///
  /// A user's own settings of Open MPI, `OMPI_MCA_btl`, stay unless they came from a launcher.
  package static func scrubbed(
    _ variables: [String: String] = ProcessInfo.processInfo.environment, dialect: MPIDialect?
  ) -> [String: String] {
    let isLaunched = LaunchEnvironment(variables: variables).isLaunched
    var kept = variables.filter { name, _ in
      if name.hasPrefix("OMPI_MCA_"), !isLaunched { return true }
      return !launchers.contains { name.hasPrefix($0) }
    }
    // srun would refuse a step whose size is not that of the whole job.
    kept["SLURM_NTASKS_PER_NODE"] = nil
    // The first step would take all memory of the node, and the next one wait for it: 0 is a share.
    if kept["SLURM_MEM_PER_NODE"] != nil { kept["SLURM_MEM_PER_NODE"] = "0" }
    if let dialect {
      kept.merge(dialect.environment(isRoot: geteuid() == 0)) { own, _ in own }
    }
    return kept
  }
}
