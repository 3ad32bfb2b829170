internal import Configuration
package import Distributed
private import FoundationEssentials

/// What puts the ranks of a step onto their slots.
package enum StepLauncher: Sendable, Equatable {
  /// `mpirun -n m`; `namesHosts`: the slots are of an allocation, not just of this machine.
  case mpirun(path: String, MPIDialect, namesHosts: Bool)
  /// `srun --exact -n m`.
  case srun(path: String, MPIDialect)

  /// The launcher for slots of a Slurm allocation, or of this machine.
  ///
  /// In an allocation that is srun, unless `SOUNDER_LAUNCHER=mpirun` asks for the other.
  /// - Throws: `StudyError` when there is none.
  package static func find(
    inAllocation: Bool, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(StudyError) -> StepLauncher {
    let dialect = MPIDialect.linked
    let wish = environment["SOUNDER_LAUNCHER"] ?? "srun"
    guard ["srun", "mpirun"].contains(wish) else {
      throw StudyError(
        "SOUNDER_LAUNCHER is '\(wish)': give srun or mpirun", exitCode: ExitCode.usage)
    }
    if inAllocation, wish == "srun" {
      guard let path = InstalledLauncher.find("srun") else {
        throw StudyError(
          "this is a Slurm job, but srun is not in PATH: set SOUNDER_LAUNCHER=mpirun, or PATH",
          exitCode: ExitCode.fault)
      }
      return .srun(path: path, dialect)
    }
    guard let found = InstalledLauncher.first(for: dialect), found.dialect == dialect else {
      throw StudyError(
        "steps of several ranks need the mpirun of \(dialect.rawValue), which is not in PATH: "
          + "install it (apt-get install \(dialect.debianPackage))", exitCode: ExitCode.fault)
    }
    return .mpirun(path: found.path, dialect, namesHosts: inAllocation)
  }

  /// The MPI that it starts ranks of.
  package var dialect: MPIDialect {
    switch self {
    case .mpirun(_, let dialect, _), .srun(_, let dialect): dialect
    }
  }

  /// The words before the program's own, for one rank on each of `slots`.
  package func arguments(slots: [Slot], usesMPI: Bool = true) -> [String] {
    let places = Self.places(slots)
    switch self {
    case .mpirun(let path, let dialect, let namesHosts):
      return [path]
        + (namesHosts
          ? dialect.arguments(places: places) : dialect.arguments(rankCount: slots.count))
    case .srun(let path, let dialect):
      let isEven = Set(places.map(\.count)).count == 1
      let nodes = places.map { isEven || $0.count == 1 ? $0.node : "\($0.node)*\($0.count)" }
      var arguments = [
        path, "--exact", "--mpi=\(usesMPI ? dialect.srunType : "none")", "--nodes=\(places.count)",
        "--ntasks=\(slots.count)", "--nodelist=\(nodes.joined(separator: ","))", "--input=0",
        "--kill-on-bad-exit=1", "--quiet",
      ]
      if !isEven { arguments.append("--distribution=arbitrary") }
      return arguments
    }
  }

  /// The nodes of the slots with the number of slots on each, in their order.
  private static func places(_ slots: [Slot]) -> [(node: String, count: Int)] {
    var places: [(node: String, count: Int)] = []
    for slot in slots {
      if let index = places.firstIndex(where: { $0.node == slot.node }) {
        places[index].count += 1
      } else {
        places.append((slot.node, 1))
      }
    }
    return places
  }
}
