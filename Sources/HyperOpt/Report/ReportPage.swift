private import Foundation
private import HDF5

/// An HTML page of charts, tables and sentences that needs nothing else: no network, no other file, and no
/// JavaScript but to sort its tables.
///
/// Pictures are SVG; colours follow the reader's choice of a light or dark page.
package struct ReportPage: Sendable {
  private let title: String
  private let subtitle: String
  private let facts: [(name: String, value: String)]
  private var sections: [Section] = []

  /// Makes a page without sections; `facts` stand at its head, a name and a value each.
  package init(title: String, subtitle: String, facts: [(name: String, value: String)] = []) {
    self.title = title
    self.subtitle = subtitle
    self.facts = facts
  }

  mutating func add(_ section: Section) { sections.append(section) }

  /// Adds a picture, unless it has no point.
  package mutating func add(_ chart: CurveChart) {
    if let section = chart.section { add(section) }
  }

  /// Adds bars of shares, unless there is none.
  package mutating func add(_ chart: ShareChart) {
    if let section = chart.section { add(section) }
  }

  /// Adds pictures of bars, unless there is none.
  package mutating func add(_ chart: BarChart) {
    if let section = chart.section { add(section) }
  }

  /// Adds sentences, each with what it is about.
  package mutating func add(title: String, sentences: [(name: String, text: String)]) {
    let rows = sentences.map {
      "<tr><th>\($0.name.escapedForHTML)</th><td>\($0.text.escapedForHTML)</td></tr>"
    }
    add(Section(title: title, content: "<table class=\"pairs\">\(rows.joined())</table>"))
  }

  /// Adds a table that can be sorted by its columns; cells that begin as numbers do stand to the right.
  package mutating func add(title: String, header: [String], rows: [[String]], note: String = "") {
    let names = header.map { "<th><button>\($0.escapedForHTML)</button></th>" }.joined()
    let body = rows.map { row in
      let cells = row.map { cell in
        let isNumber = cell.first.map { $0.isNumber || $0 == "-" } ?? false
        return "<td\(isNumber ? " class=\"n\"" : "")>\(cell.escapedForHTML)</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }.joined(separator: "\n")
    add(
      Section(
        title: title,
        content: """
          <div class="scroll"><table class="trials"><thead><tr>\(names)</tr></thead>
          <tbody>\(body)</tbody></table></div>
          """,
        note: note))
  }

  /// The page.
  package var html: String {
    let name = title.escapedForHTML
    let tiles = facts.map { fact in
      "<div><dt>\(fact.name.escapedForHTML)</dt><dd>\(fact.value.escapedForHTML)</dd></div>"
    }.joined()
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(name)</title>
      <style>\(ReportStyle.sheet)</style></head>
      <body><header><h1>\(name)</h1><p>\(subtitle.escapedForHTML)</p></header>
      <main><div class="tiles">\(tiles)</div>
      \(sections.map(\.html).joined())</main>
      <script>\(ReportStyle.script)</script></body></html>

      """
  }

  /// Writes the page so that a reader sees the old one or the new one.
  ///
  /// - Throws: `HDF5Error` (`io`) when the file cannot be written.
  package func write(to path: String) throws {
    try AtomicFile.replace(path) { temporary in
      try Data(html.utf8).write(to: URL(fileURLWithPath: temporary))
    }
  }
}
