/// One row of a network's description.
public struct LayerRow: Sendable, Equatable {
  /// The layer's name.
  public let name: String
  /// The layer's kind as a job file says it: `dense`.
  public let kind: String
  /// One sample's output shape.
  public let outputShape: [Int]
  /// The trained floats.
  public let parameterCount: Int
}

extension Network {
  /// The layers as a table.
  public var table: [LayerRow] {
    layers.map {
      LayerRow(
        name: $0.name, kind: type(of: $0.configuration).name, outputShape: $0.outputShape,
        parameterCount: $0.parameterCount)
    }
  }

  /// The table as text, one line per layer, with a line of titles and a line of totals.
  public var tableText: String {
    let titles = ["layer", "kind", "output", "parameters"]
    var lines = [titles]
    lines.append(["(input)", "", Self.text(inputShape), "0"])
    for row in table {
      lines.append([row.name, row.kind, Self.text(row.outputShape), "\(row.parameterCount)"])
    }
    lines.append(["total", "", "", "\(parameterCount)"])
    let widths = titles.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      line.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - line[column].count)
        return column == titles.count - 1 ? padding + line[column] : line[column] + padding
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private static func text(_ shape: [Int]) -> String {
    shape.map { "\($0)" }.joined(separator: " x ")
  }
}
