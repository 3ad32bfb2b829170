/// One row of a network's description.
public struct LayerRow: Sendable, Equatable {
  /// The layer's name.
  public let name: String
  /// The layer's kind as a job file says it: `dense`.
  public let kind: String
  /// One sample's output shape.
  public let outputShape: [Int]
  /// The floats of its weights; 0 when they are another layer's.
  public let parameterCount: Int
  /// Floating-point operations of a forward pass of one sample.
  public let operationCount: Int
  /// The names of what it reads; empty for the layer before it, or the network's only input.
  public let inputs: [String]
}

extension Network {
  /// The layers as a table.
  public var table: [LayerRow] {
    layers.enumerated().map { index, layer in
      let isNext =
        inputs.count == 1 && layer.inputs == [index == 0 ? 0 : layers[index - 1].outputs[0]]
      return LayerRow(
        name: layer.name,
        kind: layer.sharing.map { "as \(layers[$0].name)" } ?? type(of: layer.configuration).name,
        outputShape: layer.outputShape, parameterCount: layer.parameterCount,
        operationCount: layer.configuration.operationCount(for: layer.inputShapes),
        inputs: isNext ? [] : layer.inputs.map(tensorName))
    }
  }

  /// What layers call a tensor: `dense`, or `lstm:1` for a second output.
  func tensorName(_ tensor: Int) -> String {
    guard let producer = tensors[tensor].producer else { return inputs[tensor].name }
    let place = layers[producer].outputs.firstIndex(of: tensor) ?? 0
    return layers[producer].name + (place == 0 ? "" : ":\(place)")
  }

  /// The names of the outputs, as layers call them.
  public var outputNames: [String] { outputs.map(tensorName) }

  /// The table as text, one line per layer, with a line of titles and a line of totals.
  public var tableText: String { tableText(memory: nil) }

  /// The same with the bytes that a training step takes of each layer's values, and below what it
  /// takes in all.
  public func tableText(memory: StepMemory?) -> String {
    let rows = table
    let showsInputs = rows.contains { !$0.inputs.isEmpty }
    var lines = [["layer", "kind", "output", "parameters", "FLOPs"]]
    for input in inputs { lines.append([input.name, "input", Self.text(input.shape), "0", "0"]) }
    for row in rows {
      lines.append([
        row.name, row.kind, Self.text(row.outputShape), "\(row.parameterCount)",
        "\(row.operationCount)",
      ])
    }
    lines.append(["total", "", "", "\(parameterCount + frozenCount)", "\(operationCount)"])
    if let memory {
      let bytes = inputs.map { _ in "" } + memory.layers.map { StepMemory.bytes($0.total) }
      let column = ["memory"] + bytes + [StepMemory.bytes(memory.total)]
      for index in lines.indices { lines[index].append(column[index]) }
    }
    if showsInputs {
      let reads =
        ["reads"] + inputs.map { _ in "" } + rows.map { $0.inputs.joined(separator: ", ") } + [""]
      for index in lines.indices { lines[index].insert(reads[index], at: 3) }
    }
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let numbers = lines[0].count - (memory == nil ? 2 : 3)
    let text = lines.map { line in
      line.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - line[column].count)
        return column >= numbers ? padding + line[column] : line[column] + padding
      }.joined(separator: "  ")
    }.joined(separator: "\n")
    return memory.map { text + "\n" + $0.summary } ?? text
  }

  private static func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "1" : shape.map { "\($0)" }.joined(separator: " x ")
  }
}
