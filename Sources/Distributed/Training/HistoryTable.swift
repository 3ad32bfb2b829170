internal import Configuration
private import FoundationEssentials
private import HDF5

/// The epochs of a training as a table for other programs: CSV and JSON.
///
/// It is always written whole, from the history that the checkpoint has, too: a resumed training
/// appends its epochs to those before, and none stands twice.
struct HistoryTable {
  private let history: [EpochRecord]
  /// The figures' names: those of the first epoch, then what later ones have beside them.
  private let names: [String]

  init(_ history: [EpochRecord]) {
    self.history = history
    var names: [String] = []
    for record in history {
      for value in record.values where !names.contains(value.name) { names.append(value.name) }
    }
    self.names = names
  }

  /// A line of names, then one line for each epoch; a figure that an epoch does not have is empty.
  var csv: String {
    var lines = [Self.columns + names.map(Self.quoted)]
    for record in history {
      lines.append(
        ["\(record.epoch)", "\(record.seconds)", "\(record.samplesPerSecond)"]
          + names.map { name in record[name].map { "\($0)" } ?? "" })
    }
    return lines.map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// A list of objects, one on each line; what is not a finite number is null.
  var json: String {
    let rows = history.map { record in
      var entries = zip(Self.columns, Self.values(record)).map { Value.Entry($0, $1) }
      for value in record.values {
        entries.append(.init(value.name, Value(.number(value.value))))
      }
      return Value(.map(entries)).json
    }
    return "[\n" + rows.joined(separator: ",\n") + (rows.isEmpty ? "" : "\n") + "]\n"
  }

  /// Whether the file at `path` is a table of the same run: it begins with these epochs, or with as many of
  /// them as it has.
  ///
  /// No two runs take the same time for an epoch, to the last bit.
  func isBeginning(of path: String) -> Bool {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return false }
    let starts: [[Value?]]
    if text.hasPrefix("[") {
      guard case .list(let rows)? = (try? Value(json: text))?.kind else { return false }
      starts = rows.map { row in Self.columns.map { row[$0] } }
    } else {
      let lines = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
      guard lines.first?.starts(with: Self.columns) == true else { return false }
      starts = lines.dropFirst().map { line in
        line.prefix(Self.columns.count).map { Double($0).map { Value(.number($0)) } }
      }
    }
    return min(starts.count, history.count) > 0
      && zip(starts, history).allSatisfy { $0 == Self.values($1) }
  }

  /// Replaces the file at `path`: a reader sees the old table or the new one.
  func write(_ text: String, to path: String) throws {
    try AtomicFile.replace(path) { temporary in
      try Data(text.utf8).write(to: URL(fileURLWithPath: temporary))
    }
  }

  /// What every epoch has.
  private static let columns = ["epoch", "seconds", "samples_per_second"]

  private static func values(_ record: EpochRecord) -> [Value] {
    [
      Value(.int(record.epoch)), Value(.number(record.seconds)),
      Value(.number(record.samplesPerSecond)),
    ]
  }

  /// A name as RFC 4180 has it.
  private static func quoted(_ name: String) -> String {
    guard name.contains(where: { ",\"\n\r".contains($0) }) else { return name }
    return "\"" + name.replacing("\"", with: "\"\"") + "\""
  }
}
