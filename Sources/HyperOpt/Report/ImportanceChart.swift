/// How much each parameter decides.
struct ImportanceChart {
  let data: ReportData

  var section: Section? {
    let items = data.importance.prefix(20)
    guard items.contains(where: { $0.share > 0 }) else { return nil }
    let most = items.first?.share ?? 1
    let height = 24.0
    var drawing = Drawing(width: 480, height: Double(items.count) * height + 8)
    for (index, item) in items.enumerated() {
      let y = Double(index) * height + 4
      let name = data.shortNames[item.name] ?? item.name
      drawing.text(176, y + 16, name.shortened(to: 24), anchor: .end, title: item.name)
      let width = 240 * item.share / max(most, 1e-12)
      drawing.rectangle(184, y + 3, max(width, 1), height - 7, "bar complete")
      drawing.text(190 + width, y + 16, "\((100 * item.share).fixed(1)) %", anchor: .start)
    }
    return Section(
      title: "Parameter importance", content: drawing.svg("importance of each parameter"),
      note: """
        PED-ANOVA (Watanabe et al., 2023): how differently a parameter is distributed among the \
        best tenth of the trials. Of \(data.objectives[0]).
        """,
      isWide: false)
  }
}
