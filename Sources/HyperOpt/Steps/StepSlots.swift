internal import Configuration
private import Distributed
private import FoundationEssentials

/// Where the steps of a search can run.
public enum StepSlots {
  /// The name of the node when there is only this machine.
  public static let thisMachine = "localhost"

  /// So many slots on this machine.
  public static func machine(_ count: Int) -> [Slot] {
    (0..<count).map { Slot(id: $0, node: thisMachine) }
  }

  /// The slots of the Slurm job that this process belongs to; nil outside of one.
  ///
  /// - Throws: `StudyError` when Slurm's variables or `scontrol` say nothing that can be understood.
  public static func allocation() throws(StudyError) -> [Slot]? {
    try allocation(ProcessInfo.processInfo.environment) { names in
      guard let path = InstalledLauncher.find("scontrol") else { return nil }
      return try? ChildProcess.output(of: [path, "show", "hostnames", names])
    }
  }

  /// The same from given variables; `expand` makes lines of `n[1-3]`.
  package static func allocation(
    _ environment: [String: String], expand: (String) -> String?
  ) throws(StudyError) -> [Slot]? {
    guard environment["SLURM_JOB_ID"] != nil,
      let list = environment["SLURM_JOB_NODELIST"] ?? environment["SLURM_NODELIST"]
    else { return nil }
    let nodes = (expand(list) ?? "").split { $0.isWhitespace }.map(String.init)
    guard !nodes.isEmpty else {
      throw StudyError(
        "cannot read Slurm's list of nodes '\(list)': is scontrol in PATH?",
        exitCode: ExitCode.fault)
    }
    // A batch step has SLURM_TASKS_PER_NODE of the job; --cpus-per-task counts towards it already.
    let text = environment["SLURM_TASKS_PER_NODE"] ?? environment["SLURM_JOB_CPUS_PER_NODE"] ?? "1"
    guard let counts = counts(text), counts.count == nodes.count || counts.count == 1 else {
      throw StudyError(
        "cannot read Slurm's SLURM_TASKS_PER_NODE '\(text)' for \(nodes.count) nodes",
        exitCode: ExitCode.fault)
    }
    let perNode = counts.count == nodes.count ? counts : nodes.map { _ in counts[0] }
    var slots: [Slot] = []
    for (node, count) in zip(nodes, perNode) {
      for _ in 0..<count { slots.append(Slot(id: slots.count, node: node)) }
    }
    return slots
  }

  /// Expands `2(x3),1` to 2, 2, 2, 1.
  private static func counts(_ text: String) -> [Int]? {
    var counts: [Int] = []
    for part in text.split(separator: ",") {
      guard let match = part.wholeMatch(of: #/([0-9]+)(?:\(x([0-9]+)\))?/#),
        let count = Int(match.output.1), (1...1_000_000).contains(count),
        let times = Int(match.output.2 ?? "1"), (1...1_000_000).contains(times)
      else { return nil }
      counts += Array(repeating: count, count: times)
    }
    return counts.isEmpty ? nil : counts
  }

  /// The names by which this machine may stand in a list of slots.
  static var namesOfThisMachine: Set<String> {
    let environment = ProcessInfo.processInfo.environment
    let names = [thisMachine, environment["SLURMD_NODENAME"]].compactMap { $0 }
    return Set(names)
  }
}
