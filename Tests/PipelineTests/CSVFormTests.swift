import Configuration
import Pipeline
import Testing

@Suite("How a job says that CSV files are read")
struct CSVFormTests {
  private func source(_ csv: String, file: String = "a.csv") throws -> DataSource {
    var options = try Options(
      try Value(yaml: "{file: \(file), target: y, csv: \(csv)}", file: "job.yaml"))
    let source = try DataSource(options: &options)
    try options.finish()
    return source
  }

  @Test("is read as it is written")
  func roundTrip() throws {
    for csv in [
      "{header: true}", "{header: false}", "{separator: ';'}", "{separator: tab}",
      "{separator: space, columns: [a, y]}", "{header: false, separator: '|', columns: [a, y]}",
    ] {
      let source = try source(csv)
      #expect(source.csv?.value == (try Value(yaml: csv, file: "job.yaml")))
      var options = try Options(source.value)
      #expect(try DataSource(options: &options) == source)
    }
    #expect(try source("{}").csv?.value == Value(Value.Kind.null))
    #expect(try source("{separator: tab}").csv?.separator == 9)
    // What is said to be CSV is a table, as what is called so.
    let text = try source("{header: true}", file: "a.dat")
    #expect(text.table == DataSource.usualTable && text.takesAllColumns)
  }

  @Test("takes what it does not say, and does not contradict, from another")
  func completed() throws {
    for (own, other, both) in [
      ("{}", "{header: true, separator: ';'}", "{header: true, separator: ';'}"),
      ("{separator: tab}", "{header: true, separator: ';'}", "{header: true, separator: tab}"),
      ("{header: true}", "{separator: ';', columns: [a, y]}", "{header: true, separator: ';'}"),
      ("{header: false}", "{columns: [a, y]}", "{header: false, columns: [a, y]}"),
      ("{columns: [b, y]}", "{header: true}", "{columns: [b, y]}"),
      ("{columns: [b, y]}", "{header: false, columns: [a, y]}", "{header: false, columns: [b, y]}"),
    ] {
      let (form, rest) = (try #require(source(own).csv), try #require(source(other).csv))
      #expect(try form.completed(by: rest) == source(both).csv, "\(own), \(other)")
    }
  }

  @Test("names what cannot be meant")
  func refused() {
    for (csv, words) in [
      ("{heder: true}", "did you mean 'header'?"), ("{header: 1}", "expected true or false"),
      ("{separator: ';;'}", "';;' is not a single character"),
      ("{columns: a}", "expected a list of names"), ("{columns: [a, a]}", "'a' is named twice"),
      ("{columns: []}", "at least one name"),
      ("{header: true, columns: [a, y]}", "leave out one of them"), ("yes", "expected keys"),
    ] {
      let error = #expect(throws: ConfigurationError.self) { try source(csv) }
      #expect(error?.description.contains(words) == true, "\(csv): \(error?.description ?? "")")
      #expect(error?.description.contains("csv") == true)
    }
  }
}
