import Distributed
import Testing
import sounder

@Suite("A progress line")
struct ProgressLineTests {
  private let progress = TrainingProgress(
    epoch: 3, epochCount: 10, samplesDone: 150_000, samplesTotal: 600_000,
    samplesPerSecond: 85123.4, loss: 0.32149, etaSeconds: 41)

  private var plainStyle: ProgressLine.Style {
    ProgressLine.Style(environment: ["NO_COLOR": "1", "LANG": "C"])
  }

  @Test("has epoch, share, loss, time left and speed")
  func plain() {
    #expect(
      ProgressLine(progress: progress).plain
        == "epoch 3/10  25 %  loss 0.3215  ETA 0:41  85,123 samples/s")
  }

  @Test("fits every width and drops the least important first", arguments: 20...160)
  func widths(columns: Int) {
    let bar = ProgressLine(progress: progress).bar(columns: columns, style: plainStyle)
    #expect(bar.count < max(columns, 20))
    #expect(bar.hasPrefix("epoch 3/10  "))
    #expect(bar.contains("25 %"))
    if columns > 70 { #expect(bar.contains("samples/s") && bar.contains("#") && bar.contains(".")) }
  }

  @Test("has colors only where they are wanted")
  func colors() {
    let line = ProgressLine(progress: progress)
    let plain = line.bar(columns: 100, style: plainStyle)
    #expect(!plain.contains("\u{1b}"))
    let colored = line.bar(columns: 100, style: .init(environment: ["LANG": "en_US.UTF-8"]))
    #expect(colored.contains("\u{1b}[32m━"))
    let emptyMeansUnset = ProgressLine.Style(environment: ["NO_COLOR": "", "LANG": "C"])
    #expect(line.bar(columns: 100, style: emptyMeansUnset).contains("\u{1b}[32m#"))
  }

  @Test("says nothing about what is not known")
  func unknown() {
    let start = TrainingProgress(
      epoch: 1, epochCount: 1, samplesDone: 0, samplesTotal: 0, samplesPerSecond: .nan, loss: nil,
      etaSeconds: nil)
    #expect(ProgressLine(progress: start).plain == "epoch 1/1  0 %")
  }
}
