private import Configuration
private import HyperOpt

/// `sounder search --replay STUDY`: the same trials come out again, or which one does not.
enum ReplayOutcome {
  /// Computes all proposals again; says the outcome on standard output.
  ///
  /// - Throws: `StudyError` (70) when one comes out differently.
  static func run(_ path: String, json: Bool = false) throws {
    let result = try Study(opening: path).replay()
    if json {
      let value: Value = [
        "proposals": Value(.int(result.proposalCount)), "others": Value(.int(result.otherCount)),
        "difference": result.difference.map { Value(.string($0)) } ?? nil,
      ]
      print(value.json)
    }
    if let difference = result.difference {
      throw StudyError(
        "\(path): the replay differs: \(difference): another binary, library or kind of CPU?",
        exitCode: ExitCode.fault)
    }
    guard !json else { return }
    let others = result.otherCount == 0 ? "" : ", \(result.otherCount) that no sampler proposed"
    print("replay: \(result.proposalCount) proposals are the same bit for bit\(others)")
  }
}
