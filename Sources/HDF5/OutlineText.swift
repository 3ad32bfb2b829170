extension Outline {
  /// The tree as text: one line for each object and attribute.
  public var text: String {
    var lines = [name]
    appendInside(to: &lines, indent: "")
    return lines.joined(separator: "\n")
  }

  private func appendInside(to lines: inout [String], indent: String) {
    var children: [Outline] = []
    if case .group(let inside) = content { children = inside }
    for (name, attribute) in attributes {
      let bar = children.isEmpty ? " " : "│"
      lines.append("\(indent)\(bar)  @\(Self.printable(name)): \(attribute.text)")
    }
    for (index, child) in children.enumerated() {
      let isLast = index == children.count - 1
      lines.append("\(indent)\(isLast ? "└" : "├")─ \(child.line)")
      child.appendInside(to: &lines, indent: indent + (isLast ? "   " : "│  "))
    }
  }

  private var line: String {
    let name = Self.printable(name)
    switch content {
    case .group(let children): return children.isEmpty ? name + "/  (empty)" : name + "/"
    case .dataset(let dataset): return "\(name)  \(dataset.text)"
    case .alias(let other): return "\(name)  -> \(Self.printable(other))"
    case .other(let words): return "\(name)  (\(Self.printable(words)))"
    }
  }

  /// `text` on one line and without what would steer a terminal.
  static func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        result += scalar.escaped(asASCII: true)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension DatasetOutline {
  /// Type, shape and storage on one line.
  public var text: String {
    var words = "\(elementType)"
    if isBigEndian { words += " big-endian" }
    words += " \(shape)"
    if let chunkShape {
      words += ", chunks \(chunkShape)"
    }
    if !filters.isEmpty { words += ", " + filters.joined(separator: ", ") }
    return words + ", \(storedByteCount) bytes"
  }
}

extension Attribute {
  private static let longestText = 72
  private static let mostElements = 8

  /// The elements on one line, cut where there are many.
  public var text: String {
    let parts: [String]
    switch content {
    case .strings(let texts): parts = texts.map { "\"\(Outline.printable($0))\"" }
    case .integers(let values): parts = values.map { "\($0)" }
    case .numbers(let values): parts = values.map { "\($0)" }
    case .other: return "(\(Outline.printable("\(elementType)")))"
    }
    let cut = parts.prefix(Self.mostElements).map { part in
      part.count > Self.longestText ? part.prefix(Self.longestText) + "… (\(part.count))" : part
    }
    if shape.isEmpty { return cut.joined() }
    let more = parts.count > cut.count ? ", … (\(parts.count))" : ""
    return "[" + cut.joined(separator: ", ") + more + "]"
  }
}
