internal import Configuration
private import Distributed
internal import HyperOpt
private import Glibc
internal import Pipeline

/// The search that a job file describes: that it can be read, fits the ranks, and that its
/// combinations can be trained.
struct SearchCheck {
  /// What was found before the data are looked at.
  private(set) var items: [CheckItem] = []
  /// The search; nil when it cannot be read, or the file has searched values only.
  private(set) var job: SearchJob?
  /// The job for one combination, to be checked like any other; nil when there is none.
  private(set) var value: Value?

  /// Reads the search; nil for a job without one.
  init?(_ value: Value, rankCount: Int) {
    guard SearchJob.isSearch(value) else { return nil }
    do throws(ConfigurationError) {
      guard value["search"] != nil else {
        self.value = try SearchJob.defaultValue(value)
        items.append(
          CheckItem("search", note: "no section 'search': the searched values have their defaults"))
        return
      }
      let job = try SearchJob(value: value)
      self.job = job
      try read(job, rankCount)
    } catch { items.append(CheckItem("search", failed: error)) }
  }

  private mutating func read(_ job: SearchJob, _ rankCount: Int) throws(ConfigurationError) {
    let count = job.space.parameters.count
    let combinations = job.space.combinationCount.map {
      ", \(Figures.grouped($0)) combination\($0 == 1 ? "" : "s")"
    }
    let goals = job.configuration.objectives.map { "\($0.direction.rawValue) \($0.metric)" }
    items.append(
      CheckItem(
        "search",
        "\(count) parameter\(count == 1 ? "" : "s")\(combinations ?? ""), "
          + goals.joined(separator: ", ")
          + " with \(type(of: job.configuration.sampler).name)"))
    guard let representative = job.representative else {
      items.append(CheckItem("search.forbid", failed: StudyError.nothingAllowed))
      return
    }
    // Rank 0 coordinates; one rank alone means that the check was not started like the search.
    let fewest = job.fewestRanks
    if rankCount > 1, fewest > rankCount - 1 {
      items.append(
        CheckItem(
          "search.ranks_per_trial",
          failed: "a trial takes \(fewest) ranks, but only \(rankCount - 1) of the \(rankCount) "
            + "are left beside the coordinator: start more ranks or lower ranks_per_trial"))
    }
    let (sampler, pruner) = (
      type(of: job.configuration.sampler).name, type(of: job.configuration.pruner).name
    )
    if sampler == "pbt", pruner != "pbt" {
      items.append(
        CheckItem(
          "search.pruner",
          note: "\(pruner) in place of pbt: members of the bottom quantile are not replaced"))
    }
    let files = job.configuration.files
    for (key, path) in [
      ("search.journal", files.journal), ("search.table", files.table),
      ("search.report", files.report),
    ] {
      do {
        try OutputFiles.checkWritable(path, key: key, exitCodes: SearchFiles.exitCodes)
      } catch {
        items.append(CheckItem(key, failed: error))
      }
    }
    if access(files.journal, F_OK) == 0 {
      items.append(
        CheckItem(
          "search.journal",
          note: "\(files.journal) is there already: search resumes it if it is one "
            + "of this job"))
    }
    for path in job.configuration.warmStart where access(path, R_OK) != 0 {
      items.append(
        CheckItem(
          "search.warm_start", failed: "\(path): there is no such journal: check the name",
          ExitCode.missingInput))
    }
    if let command = job.configuration.command {
      do { try CommandTemplate(command.text).requireProgram() } catch {
        items.append(CheckItem("search.command", failed: error))
      }
    }
    if job.configuration.command == nil {
      value = try job.value(for: representative)
    } else {
      items += survey(layout: nil)
    }
  }

  /// Tries many combinations against the form of the rows.
  func survey(layout: RowLayout?) -> [CheckItem] {
    guard let job else { return [] }
    let check = TrialCheck(
      job, featureShape: layout?.featureShape, targetShape: layout?.targetShape)
    let survey = SpaceSurvey(job, check)
    var items: [CheckItem] = []
    for finding in survey.findings {
      let example = finding.example.map { "\($0.name)=\($0.value.plainText)" }
      items.append(
        CheckItem(
          "search.space",
          failed: "\(finding.count) of \(survey.triedCount) combinations cannot run: "
            + "\(finding.reason) (with \(example.joined(separator: ", "))): forbid the combination "
            + "(search.forbid), make it conditional (when), or narrow the values"))
    }
    let possible = survey.triedCount - survey.impossibleCount
    if survey.excludedCount > 0, survey.excludedCount == possible {
      items.append(
        CheckItem(
          "search.constraints",
          failed: "the constraints exclude all of \(possible) combinations: loosen them"))
    } else if survey.excludedCount > 0 {
      items.append(
        CheckItem(
          "search.constraints",
          note: "exclude \(survey.excludedCount) of \(possible) combinations"))
    }
    if survey.findings.isEmpty {
      let tried = "\(survey.triedCount) combinations tried, all can "
      items.append(
        layout == nil && job.configuration.command == nil
          ? CheckItem("search.space", note: tried + "be read; shapes need the data")
          : CheckItem("search.space", tried + "run"))
    }
    return items
  }
}
