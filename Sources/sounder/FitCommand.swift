internal import ArgumentParser
private import Configuration
internal import Distributed
private import HyperOpt

/// `sounder fit`: fits the pipeline of a job file alone, on one rank or on many.
struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Fit the pipeline of a job file alone, and write it to a file.",
    discussion: """
      Reads the sections data and pipeline of the job file; the rows are those that a training would fit
      to: data.train without what data.validation holds out. 'sounder transform' takes the file:
        sounder fit houses.yaml --output houses.pipeline.h5 --ranks 4
        sounder transform houses.pipeline.h5 new.csv --output features.h5
      """)

  @Argument(help: ArgumentHelp("The job file.", valueName: "job.yaml"))
  var path: String

  @Option(
    name: .shortAndLong,
    help: "The file to write. (default: the job file's name with the ending .pipeline.h5)")
  var output: String?

  @Flag(help: "Replace the output file that is there already.")
  var overwrite = false

  @OptionGroup var launch: LaunchOptions
  @OptionGroup var options: JobOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    let file = try JobFile(path, options)
    let job = try PipelineJob(value: try SearchJob.defaultValue(file.value))
    let output = output ?? usualOutput
    try OutputCheck.check(output, overwrite: overwrite, inputs: [path] + job.data.files)
    if launch.startsRanks { return try launch.launch() }
    let code = Session.run(reading: job.data.files) { world in
      // Nobody hears of them.
      let counts = !report.quiet || report.json
      let result = try PipelineFitter(job).run(on: world, output: output, countsMissing: counts)
      if world.rank == 0 { show(result, output) }
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  private var usualOutput: String {
    for ending in [".yaml", ".yml"] where path.hasSuffix(ending) {
      return path.dropLast(ending.count) + ".pipeline.h5"
    }
    return path + ".pipeline.h5"
  }

  private func show(_ result: PipelineFitter.Report, _ output: String) {
    if !report.quiet { for remark in result.remarks { StandardError.write(remark + "\n") } }
    if report.json { return TrainingDisplay.printJSON(value(result, output)) }
    guard !report.quiet else { return }
    print("rows  \(Figures.grouped(result.rowCount))")
    if !result.columns.isEmpty {
      var table = TextTable(header: ["column", "holds", "missing"])
      table.rows = result.columns.map { [$0.name, $0.kind, Figures.grouped($0.missingCount)] }
      for line in table.lines { print(line) }
    }
    var table = TextTable(header: ["stage", "of", "reads", "makes"])
    table.rows = result.stages.map { stage in
      let columns = stage.columns.map { column in
        column.name + (column.categoryCount.map { " (\($0) categories)" } ?? "")
      }
      let made = stage.shape.map { "\($0)" } ?? (stage.columns.isEmpty ? "" : "texts")
      return [stage.name, stage.list, Self.words(columns), made]
    }
    if !table.rows.isEmpty { for line in table.lines { print(line) } }
    if !result.classes.isEmpty { print("classes  \(Self.words(result.classes))") }
    print("wrote \(output)  features \(result.featureShape)")
  }

  /// The first eight of a list, and how many there are where there are more.
  private static func words(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ... (\(names.count))" : "")
  }

  private func value(_ result: PipelineFitter.Report, _ output: String) -> Value {
    let columns = result.columns.map { column -> Value in
      [
        "name": Value(.string(column.name)), "kind": Value(.string(column.kind)),
        "missing": Value(.int(column.missingCount)),
      ]
    }
    let stages = result.stages.map { stage -> Value in
      let reads = stage.columns.map { column -> Value in
        [
          "name": Value(.string(column.name)),
          "categories": column.categoryCount.map { Value(.int($0)) } ?? nil,
        ]
      }
      return [
        "stage": Value(.string(stage.name)), "of": Value(.string(stage.list)),
        "columns": Value(.list(reads)),
        "shape": stage.shape.map { Value(.list($0.map { Value(.int($0)) })) } ?? nil,
      ]
    }
    return [
      "rows": Value(.int(result.rowCount)), "columns": Value(.list(columns)),
      "stages": Value(.list(stages)),
      "classes": Value(.list(result.classes.map { Value(.string($0)) })),
      "feature_shape": Value(.list(result.featureShape.map { Value(.int($0)) })),
      "output": Value(.string(output)),
    ]
  }
}
