private import Configuration
private import Foundation
internal import HyperOpt

/// A hyperparameter task that was computed once, at every vertex of a grid.
///
/// Between the vertices numeric axes are interpolated linearly (on logarithms when the parameter has
/// a log scale), so the objective is continuous and its minimum is the smallest entry. Categorical
/// axes are looked up.
struct Table: Sendable {
  private struct Axis: Sendable {
    var name: String
    /// The places of the vertices in ascending order: values, logarithms of values, or indices.
    var places: [Double]
    var isLog: Bool
    var isCategorical: Bool
    /// How far apart neighbours on this axis stand in `entries`.
    var stride = 1
  }

  private let name: String
  private let space: SearchSpace
  private let axes: [Axis]
  private let entries: [Double]

  /// Reads `../tables/NAME.csv`: a header with the parameters' names and `value`, one row a vertex.
  init(_ name: String, _ parameters: [Parameter]) throws {
    self.name = name
    space = try SearchSpace(parameters)
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("tables/\(name).csv").path
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw TableError(description: "cannot read \(path)")
    }
    let rows = text.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",").map(String.init)
    }
    guard let header = rows.first, header == parameters.map(\.name) + ["value"] else {
      throw TableError(description: "\(path): the header does not name the parameters and `value`")
    }
    var axes: [Axis] = []
    var places: [[String: Double]] = []
    for (column, parameter) in parameters.enumerated() {
      let texts = Set(rows.dropFirst().map { $0[column] })
      var known: [String: Double] = [:]
      for text in texts { known[text] = parameter.distribution.place(of: text) }
      axes.append(
        Axis(
          name: parameter.name, places: known.values.sorted(),
          isLog: parameter.distribution.isLog, isCategorical: parameter.distribution.isCategorical))
      places.append(known)
    }
    for axis in axes.indices.reversed().dropFirst() {
      axes[axis].stride = axes[axis + 1].stride * axes[axis + 1].places.count
    }
    var entries = [Double](repeating: .nan, count: axes[0].stride * axes[0].places.count)
    for row in rows.dropFirst() {
      var vertex = 0
      for (column, axis) in axes.enumerated() {
        let place = places[column][row[column]]
        vertex += (axis.places.firstIndex { $0 == place } ?? 0) * axis.stride
      }
      entries[vertex] = Double(row[axes.count]) ?? .nan
    }
    guard entries.allSatisfy(\.isFinite) else {
      throw TableError(description: "\(path): not every vertex of the grid has a number")
    }
    self.axes = axes
    self.entries = entries
  }

  var objective: Objective {
    Objective(name: name, space: space, minimum: entries.min() ?? .nan) { value(at: $0) }
  }

  private func value(at assignment: Assignment) -> Double {
    // Corners of the cell, each with its weight; every numeric axis doubles them.
    var corners = [(vertex: 0, weight: 1.0)]
    for axis in axes {
      let raw = assignment[axis.name] ?? .nan
      if axis.isCategorical {
        let offset = (axis.places.firstIndex(of: raw) ?? 0) * axis.stride
        for corner in corners.indices { corners[corner].vertex += offset }
        continue
      }
      let first = axis.places[0]
      let last = axis.places[axis.places.count - 1]
      let place = min(max(axis.isLog ? log(raw) : raw, first), last)
      let above = axis.places.firstIndex { $0 > place } ?? axis.places.count
      let cell = min(max(above - 1, 0), axis.places.count - 2)
      let width = axis.places[cell + 1] - axis.places[cell]
      let weight = (place - axis.places[cell]) / width
      let near = corners.map { ($0.vertex + cell * axis.stride, $0.weight * (1 - weight)) }
      let far = corners.map { ($0.vertex + (cell + 1) * axis.stride, $0.weight * weight) }
      corners = near + far
    }
    return corners.reduce(0) { $0 + entries[$1.vertex] * $1.weight }
  }
}

/// A table that is missing or broken.
public struct TableError: Error, CustomStringConvertible {
  /// Which table, and what is wrong with it.
  public let description: String
}

extension Distribution {
  fileprivate var isLog: Bool {
    switch self {
    case .float(_, _, let log, _), .int(_, _, let log, _): log
    case .categorical, .ordinal: false
    }
  }

  /// Where a value of a table stands on its axis; nil when it is no value.
  fileprivate func place(of text: String) -> Double? {
    switch self {
    case .categorical(let choices), .ordinal(let choices):
      return choices.firstIndex(of: Value(.string(text))).map { Double($0) }
    case .float, .int:
      guard let number = Double(text) else { return nil }
      return isLog ? log(number) : number
    }
  }
}
