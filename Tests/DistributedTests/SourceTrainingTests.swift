import Configuration
import Distributed
import Foundation
import Pipeline
import TestSupport
import Testing

@Suite("Training on rows that a program reads by itself")
struct SourceTrainingTests {
  private let probe = Program("MPIProbe")

  @Test(
    "gives the same numbers as on the same rows of a file, on any number of ranks", arguments: 1...3
  )
  func alike(ranks: Int) throws {
    try withTemporaryFolder { folder in
      let run = try probe.run(["source", "alike", "seen"], ranks: ranks, in: folder)
      #expect(run.status == 0 && run.output == "source ok on \(ranks)\n", "\(run.errors)")
    }
  }

  @Test("estimators learn from tables of them, and of columns in memory", arguments: 1...3)
  func tables(ranks: Int) throws {
    try withTemporaryFolder { folder in
      let run = try probe.run(["source", "table", "seen"], ranks: ranks, in: folder)
      #expect(run.status == 0 && run.output == "tables ok on \(ranks)\n", "\(run.errors)")
    }
  }

  @Test(
    "says what is no table",
    arguments: [("names", "1 columns are named (x)"), ("lengths", "the column 'b' has 1 cells")])
  func noTables(scenario: String, words: String) throws {
    try withTemporaryFolder { folder in
      let run = try probe.run(["source", scenario, "seen"], ranks: 2, in: folder)
      #expect(run.status == 64 && run.errorLines.count == 1, "\(run.status) \(run.errors)")
      #expect(run.errors.contains(words), "\(run.errors)")
    }
  }

  @Test("goes on from its checkpoint with rows of the same name alone")
  func resume() throws {
    try withTemporaryFolder { folder in
      let stopped = try probe.run(
        ["source", "train", "seen"], in: folder,
        environment: ["SOUNDER_FAULT": "rank=0,step=40,kind=signal"])
      try #require(stopped.status == 75, "\(stopped.status) \(stopped.errors)")
      let other = try probe.run(["source", "train", "seen, version 2"], in: folder)
      #expect(other.status == 65 && other.errorLines.count == 1)
      #expect(other.errors.contains("another job (data.train differs)"), "\(other.errors)")
      let same = try probe.run(["source", "train", "seen"], in: folder)
      #expect(same.status == 0, "\(same.errors)")
      try checkCommands(in: folder)
    }
  }

  /// What `sounder` makes of a model whose rows only a program has.
  private func checkCommands(in folder: URL) throws {
    let sounder = Program()
    let calibration = try sounder.run(["calibrate", "model.h5"], in: folder)
    #expect(calibration.status == 66 && calibration.errorLines.count == 1)
    #expect(
      calibration.errors.contains("'seen', rows that a program reads"), "\(calibration.errors)")
    try "length,width\n1,2\n3,4\n".write(
      to: folder.appendingPathComponent("rows.csv"), atomically: true, encoding: .utf8)
    let prediction = try sounder.run(["predict", "model.h5", "rows.csv"], in: folder)
    #expect(prediction.status == 0, "\(prediction.errors)")
    #expect(prediction.output.split(separator: "\n").count == 3, "\(prediction.output)")
    try """
    data: {train: {source: seen}}
    network: {layers: [{dense: {units: 1}}]}
    training: {loss: mean_squared_error, optimizer: adam, batch_size: 8, epochs: 1}
    output: {model: other.h5}
    """.write(to: folder.appendingPathComponent("job.yaml"), atomically: true, encoding: .utf8)
    for command in ["train", "check"] {
      let run = try sounder.run([command, "job.yaml"], in: folder)
      #expect(run.status == 66, "\(command): \(run.status)")
      let text = run.errors + run.output
      #expect(text.contains("'seen', rows that a program reads"), "\(command): \(text)")
    }
  }

  @Test(
    "says what it cannot do with them",
    arguments: [
      ("stage", "data.stage copies files"), ("uneven", "500 rows on one rank and 502 on"),
    ])
  func refusals(scenario: String, words: String) throws {
    try withTemporaryFolder { folder in
      let run = try probe.run(["source", scenario, "seen"], ranks: 3, in: folder)
      #expect(run.status == 65 && run.errorLines.count == 1, "\(run.status) \(run.errors)")
      #expect(run.errors.contains(words), "\(run.errors)")
    }
  }

  @Test("takes the sources that its job names, and tells the nearest name")
  func names() throws {
    let rows = DataSource(named: "waves") { throw PipelineError("never opened") }
    func job(_ train: Value, pipeline: Value = [:]) -> Value {
      [
        "data": ["train": train, "validation": ["fraction": 0.5]], "pipeline": pipeline,
        "network": ["layers": [["dense": ["units": 1]]]],
        "training": ["loss": "mean_squared_error", "optimizer": "adam", "epochs": 1],
        "output": ["model": "m.h5"],
      ]
    }
    let taken = try TrainingJob(value: job(rows.value), sources: [rows])
    #expect(taken.data.train.programName == "waves")
    // It is there: opening it is what fails.
    let opened = #expect(throws: PipelineError.self) { try taken.data.train.open() }
    #expect(opened?.description == "never opened")
    // A model file has the job as a tree.
    #expect(try TrainingJob(value: taken.value).data.train == taken.data.train)
    let wrong = #expect(throws: PipelineError.self) {
      try TrainingJob(value: job(["source": "wave"]), sources: [rows])
    }
    #expect(wrong?.exitCode == 66 && wrong?.description.contains("'waves'") == true)
    for (pipeline, words) in [
      (["table": [["drop": ["columns": ["a"]]]]] as Value, "pipeline.table works on the columns"),
      (["target": ["index"]], "pipeline.target begins with index"),
    ] {
      let error = #expect(throws: ConfigurationError.self) {
        try TrainingJob(value: job(rows.value, pipeline: pipeline), sources: [rows])
      }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }
}
