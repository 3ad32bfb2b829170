import Configuration
import Distributed
import Testing

@Suite("Data that were converted once for several jobs")
struct ConvertedJobDataTests {
  private func job(_ pipeline: String, csv: String = "") throws -> TrainingJob {
    try TrainingJob(
      value: try Value(
        yaml: """
          data: {train: {file: a.csv, target: y\(csv)}, bad_rows: skip}
          pipeline: {\(pipeline)}
          network: {layers: [flatten, {dense: {units: 1}}]}
          training: {loss: mean_squared_error, optimizer: {sgd: {learning_rate: 0.01}}, batch_size: 2, epochs: 1}
          output: {model: m.h5}
          """, file: "job.yaml"))
  }

  @Test("are another job's where both make windows, or none, and table stages, or none")
  func reading() throws {
    let forms = [
      "features: [standardize]", "window: {length: 3}", "table: [{standardize: {columns: [b]}}]",
    ]
    for (first, example) in forms.enumerated() {
      for (second, other) in forms.enumerated() {
        let (example, other) = (try job(example), try job(other))
        let data = ConvertedJobData.reading(example.data, of: example, for: other)
        #expect((data != nil) == (first == second), "\(forms[first]), \(forms[second])")
      }
    }
  }

  @Test("are not another job's whose CSV files are read in another way")
  func form() throws {
    let forms = ["", ", csv: {header: true}", ", csv: {separator: tab}"]
    for (first, example) in forms.enumerated() {
      for (second, other) in forms.enumerated() {
        let (example, other) = (try job("", csv: example), try job("", csv: other))
        let data = ConvertedJobData.reading(example.data, of: example, for: other)
        #expect((data != nil) == (first == second), "\(forms[first]), \(forms[second])")
      }
    }
  }
}
