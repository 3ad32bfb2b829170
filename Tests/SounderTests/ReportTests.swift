import Configuration
import Testing
import sounder

@Suite("Figures and tables")
struct ReportTests {
  @Test("numbers are rounded, padded and grouped")
  func figures() {
    #expect(Figures.fixed(0.05, 1) == "0.1")
    #expect(Figures.fixed(-0.004, 2) == "0.00")
    #expect(Figures.fixed(-1.25, 2) == "-1.25")
    #expect(Figures.fixed(2, 0) == "2")
    #expect(Figures.fixed(.nan, 2) == "nan")
    #expect(Figures.fixed(-.infinity, 2) == "-inf")
    #expect(Figures.metric(0.88314) == "0.8831")
    #expect(Figures.metric(0.0000123) == "1.230e-5")
    #expect(Figures.metric(1.5e9) == "1.500e9")
    #expect(Figures.metric(0) == "0.0000")
    #expect(Figures.grouped(60000) == "60,000")
    #expect(Figures.grouped(-1_234_567) == "-1,234,567")
    #expect(Figures.grouped(12) == "12")
    #expect(Figures.duration(7) == "0:07")
    #expect(Figures.duration(3723) == "1:02:03")
    #expect(Figures.duration(.infinity) == "?")
    #expect(Figures.bytes(100) == "100 bytes")
    #expect(Figures.bytes(256 << 20) == "256 MiB")
    #expect(Figures.bytes(1536) == "1.5 KiB")
  }

  @Test("columns of numbers stand to the right, words to the left")
  func table() {
    let table = TextTable(header: ["layer", "count"], rows: [["dense", "1"], ["a", "12345"]])
    #expect(table.lines == ["layer  count", "dense      1", "a      12345"])
  }

  @Test("staleness is drawn with a bar for each range, and what is rare is seen")
  func staleness() throws {
    let lines = StalenessHistogram([60, 0, 30, 0, 0, 1]).lines(full: "#")
    #expect(
      lines == [
        "    0   65.9 %  " + String(repeating: "#", count: 30), "    1    0.0 %",
        "    2   33.0 %  " + String(repeating: "#", count: 15), "    3    0.0 %",
        "  4-7    1.1 %  #",
      ])
    let value: Value = [3, 0, 1]
    #expect(StalenessHistogram(value)?.value == value)
    #expect(StalenessHistogram([-1] as Value) == nil && StalenessHistogram(["a"] as Value) == nil)
    #expect(StalenessHistogram(nil) == nil)
  }

  @Test("a confusion matrix has a row per true class and its recall")
  func confusion() {
    let table = ConfusionTable(counts: [8, 2, 0, 5], classCount: 2, names: ["cat", "dog"])
    #expect(
      table.lines == [
        "true \\ predicted  cat  dog  recall",
        "cat                 8    2   0.800",
        "dog                 0    5   1.000",
      ])
    let unnamed = ConfusionTable(
      counts: [1, 0, 0, 0], classCount: 2, names: ["too", "many", "names"])
    #expect(unnamed.lines[1].hasPrefix("class 0"))
    #expect(unnamed.lines[2].hasSuffix("-"))
  }

  @Test("many classes give a list of the largest confusions")
  func manyClasses() {
    var counts = [Double](repeating: 0, count: 30 * 30)
    counts[3 * 30 + 4] = 7
    counts[5 * 30 + 5] = 9
    let lines = ConfusionTable(counts: counts, classCount: 30, names: nil).lines
    #expect(lines == ["largest confusions:", "true  predicted  rows", "   3          4     7"])
  }
}
