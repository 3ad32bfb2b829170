/// One part of the report: a heading, a picture or table, and what to know about it.
struct Section {
  let title: String
  /// HTML.
  var content: String
  /// What the marks mean.
  var legend: [(style: String, text: String)] = []
  /// Plain text below.
  var note = ""
  /// Whether the part takes the page's whole width.
  var isWide = true

  var html: String {
    let keys = legend.map {
      "<span class=\"key\"><i class=\"\($0.style)\"></i>\($0.text.escapedForHTML)</span>"
    }
    let legend = keys.isEmpty ? "" : "<div class=\"legend\">\(keys.joined())</div>"
    let note = note.isEmpty ? "" : "<p class=\"note\">\(note.escapedForHTML)</p>"
    return """
      <section\(isWide ? "" : " class=\"half\"")><h2>\(title.escapedForHTML)</h2>\(legend)\
      <div class="figure">\(content)</div>\(note)</section>

      """
  }
}
