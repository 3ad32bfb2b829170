/// The one place that knows how the launchers of Open MPI and MPICH differ.
package enum MPIDialect: String {
  case openMPI = "Open MPI"
  case hydra = "MPICH"

  /// The dialect of the MPI library that this program is linked with.
  package static var linked: MPIDialect {
    Session.libraryVersion().contains("Open MPI") ? .openMPI : .hydra
  }

  /// The dialect of a launcher, by what it prints for `--version`.
  package init?(launcherVersion text: String) {
    if text.contains("Open MPI") || text.contains("OpenRTE") || text.contains("PRRTE") {
      self = .openMPI
    } else if text.contains("HYDRA") || text.contains("MPICH") || text.contains("Intel(R) MPI") {
      self = .hydra
    } else {
      return nil
    }
  }

  /// Names under which the launcher is installed, the usual one first.
  package var launcherNames: [String] {
    switch self {
    case .openMPI: ["mpirun", "mpirun.openmpi", "orterun", "mpiexec.openmpi", "mpiexec"]
    case .hydra: ["mpirun", "mpiexec.hydra", "mpirun.mpich", "mpiexec.mpich", "mpiexec"]
    }
  }

  /// What installs the launcher on Debian and Ubuntu.
  package var debianPackage: String {
    switch self {
    case .openMPI: "openmpi-bin"
    case .hydra: "mpich"
    }
  }

  /// The launcher's arguments for `rankCount` ranks on this machine, whatever its core count.
  package func arguments(rankCount: Int) -> [String] {
    switch self {
    case .openMPI: ["--oversubscribe", "--bind-to", "none", "-n", "\(rankCount)"]
    case .hydra: ["-bind-to", "none", "-n", "\(rankCount)"]
    }
  }

  /// The launcher's arguments for `rankCount` ranks on the hosts that the file `hostFile` names, in the launcher's own
  /// form; ranks on all of them get these `variables` of the caller.
  package func arguments(rankCount: Int, hostFile: String, variables: [String]) -> [String] {
    let hosts =
      switch self {
      case .openMPI: ["--hostfile", hostFile] + variables.flatMap { ["-x", $0] }
      // Hydra's ranks have all of the caller's variables everywhere.
      case .hydra: ["-f", hostFile]
      }
    return hosts + arguments(rankCount: rankCount)
  }

  /// The launcher's arguments for ranks on nodes of an allocation, so many on each, in this order.
  package func arguments(places: [(node: String, count: Int)]) -> [String] {
    let hosts = places.map { "\($0.node):\($0.count)" }.joined(separator: ",")
    let count = places.reduce(0) { $0 + $1.count }
    return [self == .openMPI ? "--host" : "-hosts", hosts] + arguments(rankCount: count)
  }

  /// What srun has to be told to start ranks of this MPI.
  package var srunType: String { self == .openMPI ? "pmix" : "pmi2" }

  /// Variables that the launcher needs beside the caller's own.
  package func environment(isRoot: Bool) -> [String: String] {
    guard self == .openMPI, isRoot else { return [:] }
    return ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]
  }

  /// Whether the launcher's remarks arrive on standard output as well.
  package var remarksOnStandardOutput: Bool { self == .hydra }
}
