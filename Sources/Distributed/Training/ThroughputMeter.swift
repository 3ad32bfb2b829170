/// Turns counts of rows into samples per second, a recent loss and a time to the end.
package final class ThroughputMeter {
  private let epochCount: Int
  private let samplesTotal: Int
  private var samplesDone: Int
  private var lossSum = 0.0
  private var lossRows = 0
  private var recentLoss: Double?
  private var marks: [(time: Double, samples: Int)] = []

  /// Starts at `samplesDone`, the rows that an interrupted run had done before.
  package init(epochCount: Int, samplesTotal: Int, samplesDone: Int) {
    self.epochCount = epochCount
    self.samplesTotal = samplesTotal
    self.samplesDone = samplesDone
  }

  package func add(rowCount: Int, lossSum: Double) {
    samplesDone += rowCount
    self.lossSum += lossSum
    lossRows += rowCount
  }

  /// The state at `now`; the rate is that of the last two seconds, the loss that since the last call.
  package func progress(epoch: Int, now: Double) -> TrainingProgress {
    if lossRows > 0 {
      recentLoss = lossSum / Double(lossRows)
      lossSum = 0
      lossRows = 0
    }
    marks.append((now, samplesDone))
    while marks.count > 2, marks[1].time < now - 2 { marks.removeFirst() }
    let elapsed = now - marks[0].time
    let rate = elapsed > 0 ? Double(samplesDone - marks[0].samples) / elapsed : 0
    return TrainingProgress(
      epoch: epoch, epochCount: epochCount, samplesDone: samplesDone, samplesTotal: samplesTotal,
      samplesPerSecond: rate, loss: recentLoss,
      etaSeconds: rate > 0 ? Double(max(0, samplesTotal - samplesDone)) / rate : nil)
  }
}
