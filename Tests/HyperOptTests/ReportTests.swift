import Configuration
import Foundation
import HyperOpt
import Testing
import TestSupport

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The HTML report: whole, safe, and small.
@Suite struct ReportTests {
  private func report(_ history: History, _ objectives: [String] = ["val_accuracy"]) -> String {
    StudyReport(
      history: history, title: "a <title> & more", objectives: objectives,
      facts: [("sampler", "gp <b>")]
    ).html
  }

  @Test("a report has all its parts")
  func parts() throws {
    let html = report(try ReportStudy.history(60))
    let titles = [
      "Optimisation history", "Best trial", "Parameter importance", "Contour",
      "Parallel coordinates",
      "Slices", "Learning curves", "Timeline of the groups", "Trials",
    ]
    for title in titles { #expect(html.contains("<h2>\(title)"), "\(title)") }
    #expect(html.contains("groups waiting</dt><dd>0.52 %"))
    #expect(html.contains("resumed from trial 3"))
    let several = try ReportStudy.history(60, directions: [.maximize, .minimize])
    let front = report(several, ["val_accuracy", "parameters"])
    #expect(front.contains("<h2>Pareto front: val_accuracy and parameters"))
    #expect(front.contains("<h2>Hypervolume"))
  }

  @Test("text of users is escaped, and nothing is loaded from elsewhere")
  func safe() throws {
    let html = report(try ReportStudy.history(60))
    #expect(!html.contains("<script>alert"))
    #expect(!html.contains("<b>"))
    #expect(html.contains("&lt;b&gt;bold"))
    #expect(html.contains("<title>a &lt;title&gt; &amp; more</title>"))
    for word in ["http:", "https:", "src=", "href=", "url(", "@import", "import("] {
      #expect(!html.contains(word), "\(word)")
    }
  }

  @Test(
    "every number in a picture is finite, and every element is closed", arguments: [0, 1, 2, 7, 60])
  func wellFormed(count: Int) throws {
    var history = try ReportStudy.history(count)
    // Values that no axis can show.
    for (number, value) in [(0, Double.infinity), (1, .nan), (4, 1e300), (5, -1e300)]
    where number < count {
      history.trials[number].values = [value]
      history.trials[number].reports[0].value = value
    }
    let html = report(history)
    #expect(!html.contains("nan\"") && !html.contains("inf\""))
    // The body is XML but for the style and script, which have no markup.
    let start = try #require(html.range(of: "<body>"))
    let end = try #require(html.range(of: "<script>"))
    let body = html[start.lowerBound..<end.lowerBound] + "</body>"
    let parser = XMLParser(data: Data(body.utf8))
    #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "") line \(parser.lineNumber)")
  }

  @Test("a report of thousands of trials stays small and says what it leaves out")
  func large() throws {
    let html = report(try ReportStudy.history(3000))
    #expect(html.utf8.count < 2_000_000)
    #expect(html.contains("of 3000 trials are listed"))
    #expect(html.contains("curves are drawn"))
  }

  @Test("a report replaces an older one in its place")
  func written() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("report.html").path
      let history = try ReportStudy.history(5)
      try StudyReport(history: history, title: "old").write(to: path)
      try StudyReport(history: history, title: "new").write(to: path)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.contains("<h1>new</h1>"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }
}
