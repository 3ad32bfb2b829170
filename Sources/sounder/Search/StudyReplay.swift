internal import Configuration
private import ArgumentParser
private import HyperOpt

/// `sounder search --replay`: every proposal of a study computed again.
struct StudyReplay {
  private let path: String

  init(_ path: String) { self.path = path }

  func show(_ report: ReportOptions) throws {
    let result = try Study(opening: path).replay()
    if report.json {
      TrainingDisplay.printJSON([
        "event": "replay", "proposals": Value(.int(result.proposalCount)),
        "others": Value(.int(result.otherCount)),
        "difference": result.difference.map { Value(.string($0)) } ?? nil,
      ])
    } else if result.difference == nil {
      print(
        "\(result.proposalCount) proposals came out the same, bit for bit"
          + (result.otherCount > 0
            ? "; \(result.otherCount) trials were not proposed by a sampler" : ""))
    }
    if let difference = result.difference {
      throw CommandError(
        "\(path): a proposal came out differently: \(difference): the study was made by another "
          + "binary, library or type of CPU", exitCode: ExitCode.data)
    }
  }
}
