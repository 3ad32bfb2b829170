package import Pipeline

/// Which rows of the files that a user knows are those of the files that were made of them.
///
/// Where rows could not be used, those behind them have other numbers there. What is known of them is rank 0's.
package struct RowNumbers: Sendable {
  private struct Part: Sendable {
    let files: [String]
    let gaps: RowGaps
  }

  private var parts: [Part] = []
  private var names: [(path: String, name: String)] = []

  /// No file was made of another.
  package init() {}

  /// The rows of `files`, in which there are `gaps`; each of `made` has a name that the user knows.
  init(_ files: [String], _ gaps: RowGaps, made: [(path: String, name: String)]) {
    parts = [Part(files: files, gaps: gaps)]
    names = made
  }

  /// Adds what `other` knows.
  mutating func add(_ other: RowNumbers) {
    parts += other.parts
    names += other.names
  }

  /// The text, with the names that the user knows in place of those of files that were made.
  package func named(_ text: String) -> String {
    names.reduce(text) { $0.replacing($1.path, with: $1.name) }
  }

  /// The rows in words, with those before them that cannot be used counted in; on rank 0.
  package func words(for rows: LeftOutRows, of source: DataSource) -> String {
    guard let gaps = parts.first(where: { $0.files == source.files })?.gaps else {
      return rows.words()
    }
    guard !gaps.areMore else {
      return rows.words() + " (counted without those that cannot be read)"
    }
    return rows.words { gaps.row(at: $0) }
  }

  /// The same with the file's name before it.
  package func remark(on rows: LeftOutRows, of source: DataSource) -> String {
    named("\(source.file): \(words(for: rows, of: source))")
  }
}

/// The data of a job as they are read: in other files than it names.
package struct DataReading: Sendable {
  /// The section `data` that names these.
  package var data: DataConfiguration
  /// What their rows are in those that the job names.
  package var numbers: RowNumbers

  /// Names data.
  package init(_ data: DataConfiguration, numbers: RowNumbers = RowNumbers()) {
    (self.data, self.numbers) = (data, numbers)
  }
}
