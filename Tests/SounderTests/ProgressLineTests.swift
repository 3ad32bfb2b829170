import Distributed
import Pipeline
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

@Suite("A conversion's line")
struct ConvertLineTests {
  private let style = ProgressLine.Style(environment: ["NO_COLOR": "1", "LANG": "C"])

  private func bar(
    _ path: String = "data/large.csv", fraction: Double = 0.25, byteCount: Int? = 800_000_000,
    seconds: Double = 2, columns: Int = 100
  ) -> String {
    ConvertLine(
      progress: ImportProgress(path: path, phase: "writing", fraction: fraction),
      byteCount: byteCount, elapsedSeconds: seconds
    ).bar(columns: columns, style: style)
  }

  @Test("has phase, file, bar, share, speed and time left")
  func words() {
    let full = "#######.......................  "
    #expect(bar() == "writing large.csv  " + full + "25 %  100 MB/s  ETA 0:06")
    #expect(bar(byteCount: nil) == "writing large.csv  " + full + "25 %  ETA 0:06")
  }

  @Test("says neither speed nor time before there are any")
  func beginning() {
    for line in [bar(seconds: 0.01), bar(fraction: 0)] {
      #expect(line.hasSuffix(" %") && line.contains("...."), "\(line)")
    }
  }

  @Test("fits every width, with the percent, however long the name is", arguments: 40...120)
  func widths(columns: Int) {
    for path in ["x", "data/large.csv", String(repeating: "long", count: 50)] {
      let bar = bar(path, columns: columns)
      #expect(bar.count < columns && bar.contains("25 %"), "\(bar)")
    }
  }
}
