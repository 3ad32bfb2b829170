/// Columns of text under a header, aligned: numbers to the right, words to the left.
package struct TextTable {
  /// One word per column.
  package var header: [String]
  /// The cells, row by row.
  package var rows: [[String]] = []

  /// Makes a table.
  package init(header: [String], rows: [[String]] = []) {
    self.header = header
    self.rows = rows
  }

  /// The table's lines; the width of a character is taken to be one.
  package var lines: [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in
      all.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    let isNumeric = header.indices.map { column in
      rows.allSatisfy { row in
        guard row.indices.contains(column), let first = row[column].first else { return true }
        return first.isNumber || first == "-" || row[column] == "nan"
      }
    }
    return all.map { row in
      let cells = header.indices.map { column in
        let cell = row.indices.contains(column) ? row[column] : ""
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return isNumeric[column] ? padding + cell : cell + padding
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
