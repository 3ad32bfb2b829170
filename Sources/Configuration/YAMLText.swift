extension Value {
  /// The value as a YAML document, keys in their order: what `init(yaml:file:)` reads as an equal value.
  ///
  /// Sections and lists of maps take a line for each entry; other maps and lists stand in one line where they
  /// fit into 100 columns.
  public var yaml: String {
    guard case .map(let entries) = kind, !entries.isEmpty else { return YAMLText.flow(self) + "\n" }
    return YAMLText.block(entries, indentation: 0)
  }
}

/// Writes a value as YAML.
private enum YAMLText {
  private static let width = 100

  /// A line, or some, for each entry.
  static func block(_ entries: [Value.Entry], indentation: Int) -> String {
    let margin = String(repeating: " ", count: indentation)
    return entries.map { entry in
      let key = margin + scalar(entry.key) + ":"
      return key + behind(key, entry.value, indentation: indentation)
    }.joined()
  }

  /// What stands behind a key, with the end of the line.
  private static func behind(_ key: String, _ value: Value, indentation: Int) -> String {
    let line = " " + flow(value)
    let fits = key.count + line.count <= width
    switch value.kind {
    case .map(let entries) where !entries.isEmpty && (indentation == 0 || !fits):
      return "\n" + block(entries, indentation: indentation + 2)
    case .list(let items) where items.contains(where: isMap):
      return "\n" + list(items, indentation: indentation + 2)
    case .list(let items) where !fits:
      return " " + wrapped(items, from: key.count + 1, indentation: indentation + 2)
    default:
      return line + "\n"
    }
  }

  private static func isMap(_ value: Value) -> Bool {
    if case .map = value.kind { true } else { false }
  }

  /// A line, or some, for each item.
  private static func list(_ items: [Value], indentation: Int) -> String {
    let margin = String(repeating: " ", count: indentation)
    return items.map { item in
      guard case .map(let entries) = item.kind, !entries.isEmpty else {
        return margin + "- " + flow(item) + "\n"
      }
      // The first key stands behind the dash.
      return margin + "- " + block(entries, indentation: indentation + 2).dropFirst(indentation + 2)
    }.joined()
  }

  /// A list in brackets over several lines.
  private static func wrapped(_ items: [Value], from column: Int, indentation: Int) -> String {
    var (text, column) = ("[", column + 1)
    for (index, item) in items.enumerated() {
      let word = flow(item) + (index == items.count - 1 ? "]\n" : ",")
      if index > 0, column + 1 + word.count > width {
        text += "\n" + String(repeating: " ", count: indentation)
        column = indentation
      } else if index > 0 {
        text += " "
        column += 1
      }
      text += word
      column += word.count
    }
    return text
  }

  /// The value in one line.
  static func flow(_ value: Value) -> String {
    switch value.kind {
    case .null: "null"
    case .bool(let truth): truth ? "true" : "false"
    case .int(let number): "\(number)"
    case .number(let number):
      number.isNaN ? ".nan" : number.isInfinite ? (number < 0 ? "-.inf" : ".inf") : "\(number)"
    case .string(let text): scalar(text)
    case .list(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
    case .map(let entries):
      "{" + entries.map { scalar($0.key) + ": " + flow($0.value) }.joined(separator: ", ") + "}"
    }
  }

  /// A text without quotation marks where no reader of YAML can take it for something else.
  private static func scalar(_ text: String) -> String {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "_"),
      text.utf8.allSatisfy({
        isLetter($0) || (48...57).contains($0) || "_-./".utf8.contains($0)
      }), !words.contains(text.lowercased())
    else { return Value(.string(text)).json }
    return text
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (97...122).contains(byte)
  }
}
