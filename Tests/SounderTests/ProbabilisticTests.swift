import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Probabilistic predictions")
struct ProbabilisticTests {
  private let sounder = Program()
  private static let normal = RegressionJob.trained(
    loss: "{negative_log_likelihood: {distribution: normal}}", units: 2)
  private static let squared = RegressionJob.trained(loss: "mean_squared_error", units: 1)
  private static let dropped = RegressionJob.trained(
    loss: "mean_squared_error", units: 1, layers: "    - dropout: {rate: 0.2}\n")

  /// A folder with data and a trained model.
  private func with(
    _ model: Result<Data, any Error>, _ body: (RegressionJob) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let job = try RegressionJob(in: folder, loss: "mse", units: 1)
      try model.get().write(to: job.url("model.h5"))
      try body(job)
    }
  }

  private func predict(
    _ job: RegressionJob, _ options: [String], output: String, expecting status: Int32 = 0
  ) throws -> Program.Run {
    let run = try sounder.run(
      ["predict", "model.h5", "data.h5", "--features", "test/x", "--output", output] + options,
      in: job.folder)
    #expect(run.status == status, "\(run.errors)")
    return run
  }

  @Test("a normal head predicts mean, deviation, interval, quantiles and draws in raw units")
  func normalHead() throws {
    try with(Self.normal) { job in
      let run = try predict(
        job,
        [
          "--std", "--interval", "0.9", "--quantiles", "0.05,0.5,0.95", "--samples", "40",
        ], output: "p.h5")
      #expect(run.errors.contains("not calibrated"))
      let count = RegressionJob.testCount
      let means = try job.numbers("p.h5", "predictions"), stds = try job.numbers("p.h5", "std")
      let lower = try job.numbers("p.h5", "lower"), upper = try job.numbers("p.h5", "upper")
      let quantiles = try job.numbers("p.h5", "quantiles")
      let samples = try job.numbers("p.h5", "samples"), xs = try job.numbers("data.h5", "test/x")
      #expect(means.count == count && stds.count == count)
      #expect(quantiles.count == 3 * count && samples.count == 40 * count)
      var error = 0.0, ratio = 0.0, spread = 0.0
      for row in 0..<count {
        let x = Double(xs[row])
        let truth = 1000 + 300 * sin(3 * x), deviation = 300 * (0.1 + 0.4 * abs(x))
        error += (Double(means[row]) - truth) * (Double(means[row]) - truth) / Double(count)
        ratio += Double(stds[row]) / deviation / Double(count)
        // Central intervals are the quantiles; of a normal distribution 1.645 deviations.
        #expect(abs(lower[row] - quantiles[3 * row]) < 0.01)
        #expect(abs(upper[row] - quantiles[3 * row + 2]) < 0.01)
        #expect(abs(quantiles[3 * row + 1] - means[row]) < 0.01)
        #expect(abs((upper[row] - lower[row]) / stds[row] - 3.28971) < 1e-3)
        for draw in samples[40 * row..<40 * row + 40] {
          let distance = Double((draw - means[row]) / stds[row])
          spread += distance * distance / Double(40 * count)
        }
      }
      // What 2000 rows and 25 epochs teach: the curve to a tenth of the noise's size, deviations to 15 %.
      #expect(error.squareRoot() < 30, "\(error.squareRoot())")
      #expect(abs(ratio - 1) < 0.15, "\(ratio)")
      #expect(abs(spread - 1) < 0.03, "\(spread)")
      let coverage = try job.coverage("p.h5")
      #expect(abs(coverage - 0.9) < 0.05, "\(coverage)")
    }
  }

  @Test("calibrated intervals cover what they say, wide where the noise is, and are listed")
  func calibratedHead() throws {
    try with(Self.normal) { job in
      let calibrate = try sounder.run(["calibrate", "model.h5"], in: job.folder)
      #expect(calibrate.status == 0, "\(calibrate.errors)")
      #expect(calibrate.output.contains("rows  1,500") && calibrate.output.contains("held/x"))
      for level in [0.5, 0.9, 0.95] {
        let run = try predict(job, ["--interval", "\(level)", "--overwrite"], output: "p.h5")
        #expect(run.errors.isEmpty)
        // Four standard errors of 1500 rows that calibrate and 2000 that are counted.
        let error = (level * (1 - level) * (1.0 / 1500 + 1.0 / 2000)).squareRoot()
        let coverage = try job.coverage("p.h5")
        #expect(abs(coverage - level) < 4 * error, "\(level): \(coverage)")
      }
      let lower = try job.numbers("p.h5", "lower"), upper = try job.numbers("p.h5", "upper")
      let xs = try job.numbers("data.h5", "test/x")
      func width(_ range: ClosedRange<Float>) -> Float {
        let rows = xs.indices.filter { range.contains(abs(xs[$0])) }
        return rows.reduce(0) { $0 + upper[$1] - lower[$1] } / Float(rows.count)
      }
      #expect(width(0.9...1) > 2.5 * width(0...0.1))
      let inspect = try sounder.run(["inspect", "model.h5"], in: job.folder)
      #expect(inspect.output.contains("calibration/"))
      #expect(inspect.output.contains("parameters of the distribution normal"))
      // Once more, with others: the old calibration is replaced.
      let again = try sounder.run(
        [
          "calibrate", "model.h5", "data.h5", "--features", "held/x", "--target", "held/y",
          "--rows", "0:9", "--json",
        ], in: job.folder)
      #expect(try Value(json: again.output)["rows"] == 9, "\(again.errors)")
      let few = try predict(
        job, ["--interval", "0.95", "--overwrite"], output: "p.h5", expecting: 64)
      #expect(few.errors.contains("9 rows"), "\(few.errors)")
      _ = try predict(
        job, ["--interval", "0.95", "--uncalibrated", "--overwrite"], output: "p.h5")
    }
  }

  @Test("a plain regression has calibrated intervals, too, and none without a calibration")
  func squaredError() throws {
    try with(Self.squared) { job in
      let missing = try predict(job, ["--interval", "0.9"], output: "p.h5", expecting: 64)
      #expect(missing.errors.contains("sounder calibrate"), "\(missing.errors)")
      let refused = try predict(job, ["--std"], output: "p.h5", expecting: 64)
      #expect(refused.errors.contains("negative_log_likelihood"), "\(refused.errors)")
      let calibrate = try sounder.run(
        ["calibrate", "model.h5", "--ranks", "3", "--quiet"], in: job.folder)
      #expect(calibrate.status == 0 && calibrate.output.isEmpty, "\(calibrate.errors)")
      let onThree = try job.numbers("model.h5", "sounder/calibration/scores")
      #expect(try sounder.run(["calibrate", "model.h5"], in: job.folder).status == 0)
      #expect(try job.numbers("model.h5", "sounder/calibration/scores") == onThree)
      _ = try predict(job, ["--interval", "0.9"], output: "p.h5")
      let coverage = try job.coverage("p.h5")
      #expect(abs(coverage - 0.9) < 0.041, "\(coverage)")
      // In raw units, as the predictions between its ends.
      let lower = try job.numbers("p.h5", "lower"), upper = try job.numbers("p.h5", "upper")
      let means = try job.numbers("p.h5", "predictions")
      #expect(abs(means.reduce(0, +) / Float(means.count) - 1000) < 40)
      for row in means.indices {
        #expect(abs((lower[row] + upper[row]) / 2 - means[row]) < 0.01)
      }
    }
  }

  @Test("passes with dropout give mean and deviation, the same for a seed on any number of ranks")
  func monteCarloDropout() throws {
    try with(Self.dropped) { job in
      _ = try predict(job, ["--mc-dropout", "60", "--std"], output: "one.h5")
      _ = try predict(job, ["--mc-dropout", "60", "--std", "--ranks", "3"], output: "three.h5")
      _ = try predict(job, ["--mc-dropout", "60", "--std", "--seed", "2"], output: "other.h5")
      _ = try predict(job, [], output: "plain.h5")
      let means = try job.numbers("one.h5", "predictions"), stds = try job.numbers("one.h5", "std")
      #expect(try job.numbers("three.h5", "predictions") == means)
      #expect(try job.numbers("three.h5", "std") == stds)
      #expect(try job.numbers("other.h5", "predictions") != means)
      let plain = try job.numbers("plain.h5", "predictions")
      #expect(plain != means && stds.allSatisfy { $0 > 0 })
      // The mean over passes lies around the prediction: a sum of dropped inputs behind a linear unit has
      // it as its mean, and 60 passes have an error of deviation / sqrt(60).
      let distance = zip(plain, means).enumerated().reduce(Float(0)) {
        let error = ($1.1.0 - $1.1.1) / stds[$1.0]
        return $0 + error * error
      }
      let ratio = distance / Float(means.count) * 60
      #expect(ratio > 0.5 && ratio < 2, "\(ratio)")
      // Calibrated with the same passes the intervals cover what they say.
      let wrong = try sounder.run(["calibrate", "model.h5"], in: job.folder)
      #expect(wrong.status == 0)
      let refused = try predict(
        job, ["--mc-dropout", "60", "--interval", "0.9"], output: "p.h5", expecting: 64)
      #expect(refused.errors.contains("without --mc-dropout"), "\(refused.errors)")
      let right = try sounder.run(["calibrate", "model.h5", "--mc-dropout", "60"], in: job.folder)
      #expect(right.status == 0, "\(right.errors)")
      _ = try predict(job, ["--mc-dropout", "60", "--interval", "0.9"], output: "p.h5")
      let coverage = try job.coverage("p.h5")
      #expect(abs(coverage - 0.9) < 0.041, "\(coverage)")
    }
    try with(Self.squared) { job in
      let run = try predict(job, ["--mc-dropout", "5"], output: "p.h5", expecting: 64)
      #expect(run.errors.contains("no layer with dropout"), "\(run.errors)")
    }
  }

  @Test("the columns of a text are named, and any number of ranks draws the same")
  func text() throws {
    try with(Self.normal) { job in
      let command = [
        "predict", "model.h5", "data.h5", "--features", "test/x", "--rows", "3:1200", "--std",
        "--interval", "0.8", "--quantiles", "0.25", "--samples", "2", "--quiet",
      ]
      let one = try sounder.run(command, in: job.folder)
      #expect(one.status == 0 && one.errors.isEmpty, "\(one.errors)")
      let lines = one.output.split(separator: "\n")
      #expect(
        lines.first
          == "row,output_0,std_0,lower_0,upper_0,quantile_0.25_0,sample_0_0,sample_1_0")
      #expect(
        lines.count == 1198 && lines.dropFirst().allSatisfy { $0.split(separator: ",").count == 8 })
      let three = try sounder.run(command + ["--ranks", "3"], in: job.folder)
      #expect(three.output == one.output)
      let other = try sounder.run(command + ["--seed", "9"], in: job.folder)
      #expect(other.output != one.output)
    }
  }

  @Test("classes have probabilities and draws, but no intervals")
  func classes() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 20)
      try job.edit("activation: softmax", "activation: linear")
      try job.edit(
        "sparse_categorical_crossentropy", "{negative_log_likelihood: {distribution: categorical}}")
      #expect(try sounder.run(["train", "job.yaml"], in: folder).status == 0)
      let run = try sounder.run(
        ["predict", "model.h5", "data.h5", "--rows", "0:9", "--samples", "1"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let lines = run.output.split(separator: "\n").map { $0.split(separator: ",") }
      #expect(lines[0] == ["row", "class", "output_0", "output_1", "output_2", "sample_0_0"])
      for line in lines.dropFirst() {
        #expect(Int(line[1]) == (Int(line[0]) ?? 0) % 3)
        let sum = line[2...4].reduce(0) { $0 + (Double($1) ?? .nan) }
        #expect(abs(sum - 1) < 1e-5)
        #expect(["0.0", "1.0", "2.0"].contains(line[5]))
      }
      let evaluation = try sounder.run(["evaluate", "model.h5", "data.h5"], in: folder)
      #expect(evaluation.output.contains("accuracy  1"), "\(evaluation.output)\(evaluation.errors)")
      for option in [["--interval", "0.9"], ["--quantiles", "0.5"]] {
        let refused = try sounder.run(["predict", "model.h5", "data.h5"] + option, in: folder)
        #expect(refused.status == 64 && refused.errorLines.count == 1, "\(refused.errors)")
      }
      let calibrate = try sounder.run(["calibrate", "model.h5"], in: folder)
      #expect(calibrate.status == 64 && calibrate.errorLines.count == 1, "\(calibrate.errors)")
    }
  }

  @Test(
    "options that mean nothing are usage errors",
    arguments: [
      ["--interval", "0"], ["--interval", "1"], ["--quantiles", "0.5,1"], ["--samples", "0"],
      ["--mc-dropout", "1"], ["--uncalibrated"], ["--seed", "-1"],
    ])
  func usage(_ options: [String]) throws {
    let run = try sounder.run(["predict", "m.h5", "d.h5"] + options)
    #expect(run.status == 64 && run.errorLines.count == 1, "\(run.errors)")
  }

  @Test("a variational autoencoder trains from a job file, and inspect says what is not Keras'")
  func autoencoder() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 20)
      let layers = """
            - dense: {units: 8, activation: tanh, name: encoder}
            - dense: {units: 2, name: mean}
            - dense: {units: 2, name: log_variance, inputs: encoder}
            - normal_sampling: {inputs: [mean, log_variance], name: code}
            - dense: {units: 8, activation: tanh}
            - dense: {units: 8}

        """
      try job.edit(
        "    - dense: {units: 8, activation: tanh}\n    - dense: {units: 3, activation: softmax}\n",
        layers)
      try job.edit("target: labels", "target: features")
      try job.edit("sparse_categorical_crossentropy", "nll")
      try job.edit("  metrics: [accuracy]\n", "  metrics: [rmse]\n")
      let run = try sounder.run(["train", "job.yaml", "--ranks", "2", "--json"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let inspect = try sounder.run(["inspect", "model.h5"], in: folder).output
      #expect(inspect.contains("sounder>NormalSampling"))
      #expect(inspect.contains("not in Keras: layers log_variance, code"), "\(inspect)")
      let prediction = try sounder.run(
        ["predict", "model.h5", "data.h5", "--output", "p.h5", "--std"], in: folder)
      #expect(prediction.status == 0, "\(prediction.errors)")
      let found = try File(opening: job.url("p.h5").path)
      #expect(try found.dataset("predictions").shape == [SmallJob.rowCount, 4])
    }
  }
}
