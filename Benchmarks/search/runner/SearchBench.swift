internal import ArgumentParser
private import Configuration
private import Foundation
private import HyperOpt
private import NN
private import SearchObjectives

/// Runs one of our samplers on the benchmark's objectives, by the protocol of ../OBJECTIVES.md.
@main
struct SearchBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search-bench",
    abstract:
      "Run a sampler on the benchmark's objectives and write every evaluation to a CSV file.",
    discussion: """
      What the file has already is not run again, so that the same command goes on after a stop.
      A sampler is named as in a job file, with options if need be: 'tpe: {candidates: 24}'.
      """)

  @Option(help: "The sampler.") var sampler = "gp"
  @Option(help: "The name in the file; the default is sounder_ and the sampler's name.")
  var method: String?
  @Option(help: "Names with commas between them; goals, smoke, fresh and all are groups.")
  var objectives = "goals"
  @Option(help: "Seeds, both ends included.") var seeds = "100-129"
  @Option(help: "Evaluations of each run.") var evaluations = 60
  @Option(help: "seq: one after the other; async8: eight simulated workers.") var mode = Mode.seq
  @Option(help: "The CSV file.") var output = "raw.csv"
  @Option(help: "Measure the CPU time of a proposal instead, after so many results: 50,200,500.")
  var timing: String?
  @Option(help: "Running trials while proposals are timed.") var pending = 0

  func run() throws {
    Engine.configure(threads: 1)
    do {
      let options = try Value(yaml: sampler, file: "--sampler")
      let chosen = try SamplerRegistry.sampler(options, at: ["--sampler"])
      let name = method ?? "sounder_\(type(of: chosen).name)"
      if let timing {
        try showTiming(of: chosen, name: name, counts: try numbers(timing))
      } else {
        try measure(chosen, name: name)
      }
    } catch let error as any ExitCoded {
      throw ValidationError(error.description)
    }
  }

  private func measure(_ sampler: any Sampler, name: String) throws {
    let objectives = try objectiveNames.map { name in
      guard let objective = try ObjectiveSuite.objective(name) else {
        throw ValidationError(
          "unknown objective '\(name)': \(Spelling.advice(for: name, among: ObjectiveSuite.names))")
      }
      return objective
    }
    var file = try RawFile(output, evaluations: evaluations)
    let start = Date()
    // Seeds are the outer loop: a run that was stopped is balanced over the objectives.
    for seed in try seedRange() {
      for objective in objectives {
        let key = RawFile.Key(
          method: name, mode: mode.rawValue, objective: objective.name, seed: seed)
        if file.has(key) { continue }
        let experiment = Experiment(
          sampler: sampler, objective: objective, seed: UInt64(seed), evaluations: evaluations)
        try file.append(try experiment.run(mode), as: key)
      }
      let seconds = Int(Date().timeIntervalSince(start).rounded())
      FileHandle.standardError.write(Data("\(name) \(mode) seed \(seed): \(seconds) s\n".utf8))
    }
  }

  private func showTiming(of sampler: any Sampler, name: String, counts: [Int]) throws {
    guard let objective = try ObjectiveSuite.objective("hartmann6") else { return }
    print("method,objective,n,pending,reps,cpu_s_first,cpu_s_median")
    for count in counts {
      let times = try Timing.seconds(
        of: sampler, objective: objective, results: count, pending: pending)
      let median = times.sorted()[times.count / 2]
      print("\(name),hartmann6,\(count),\(pending),\(times.count),\(times[0]),\(median)")
    }
  }

  private var objectiveNames: [String] {
    objectives.split(separator: ",").map(String.init).flatMap { name in
      switch name {
      case "goals": ObjectiveSuite.goals
      case "smoke": ObjectiveSuite.smoke
      case "fresh": ObjectiveSuite.fresh
      case "all": ObjectiveSuite.names
      default: [name]
      }
    }
  }

  private func seedRange() throws -> ClosedRange<Int> {
    let ends = seeds.split(separator: "-").compactMap { Int($0) }
    guard let first = ends.first, let last = ends.last, ends.count <= 2, first <= last else {
      throw ValidationError("--seeds is one number or two with '-' between them, not '\(seeds)'")
    }
    return first...last
  }

  private func numbers(_ text: String) throws -> [Int] {
    let parts = text.split(separator: ",")
    let numbers = parts.compactMap { Int($0) }.filter { $0 >= 0 }
    guard !numbers.isEmpty, numbers.count == parts.count else {
      throw ValidationError("--timing is whole numbers with commas between them, not '\(text)'")
    }
    return numbers
  }

  func validate() throws {
    guard evaluations > 0, pending >= 0 else {
      throw ValidationError("--evaluations must be above 0 and --pending not below it")
    }
  }
}

/// How evaluations follow each other.
enum Mode: String, CaseIterable, ExpressibleByArgument {
  /// One after the other.
  case seq
  /// On eight simulated workers.
  case async8
}
