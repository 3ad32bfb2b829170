internal import Configuration
internal import HyperOpt
internal import NN

/// Prints the items of a check as they come, and adds them up.
final class CheckDisplay {
  private let options: ReportOptions
  private var items: [CheckItem] = []
  /// The search space, for its table.
  var space: SearchSpace?

  init(_ options: ReportOptions) {
    self.options = options
  }

  /// Takes an item and prints it, unless all are printed at the end.
  func show(_ item: CheckItem) {
    items.append(item)
    if !options.json, !options.quiet || item.failure != nil { print(item.line) }
  }

  /// Prints what comes last.
  ///
  /// - Parameters:
  ///   - network: The network, for its table of layers.
  ///   - memory: What a training step takes, for the same table.
  /// - Returns: The exit code of the first item that failed.
  func finish(_ network: Network?, _ memory: StepMemory? = nil) -> Int32 {
    let failures = items.filter { $0.failure != nil }
    if options.json {
      var entries: [Value.Entry] = [
        .init("ok", Value(.bool(failures.isEmpty))),
        .init("items", Value(.list(items.map(\.value)))),
        .init("layers", Value(.list(Self.layers(network, memory)))),
      ]
      if let memory { entries.append(.init("step_memory", Self.value(memory))) }
      if let space { entries.append(.init("space", SpaceTable(space).value)) }
      TrainingDisplay.printJSON(Value(.map(entries)))
    } else if !options.quiet {
      if let space { print("\n" + SpaceTable(space).lines.joined(separator: "\n")) }
      if let network { print("\n" + network.tableText(memory: memory)) }
    }
    guard let first = failures.first else { return 0 }
    let count = failures.count == 1 ? "one item" : "\(failures.count) items"
    return ErrorLine.show(
      "the check failed in \(count), first: \(first.name): \(first.text)",
      exitCode: first.failure ?? ExitCode.fault)
  }

  private static func layers(_ network: Network?, _ memory: StepMemory?) -> [Value] {
    (network?.table ?? []).enumerated().map { index, row in
      var entries: [Value.Entry] = [
        .init("name", Value(.string(row.name))), .init("kind", Value(.string(row.kind))),
        .init("output_shape", Value(.list(row.outputShape.map { Value(.int($0)) }))),
        .init("parameters", Value(.int(row.parameterCount))),
      ]
      if let memory {
        entries.append(.init("memory_bytes", Value(.int(memory.layers[index].total))))
      }
      return Value(.map(entries))
    }
  }

  private static func value(_ memory: StepMemory) -> Value {
    [
      "parameters": Value(.int(memory.parameters)), "gradients": Value(.int(memory.gradient)),
      "optimizer_state": Value(.int(memory.optimizerState)),
      "live_activations": Value(.int(memory.activations)), "total": Value(.int(memory.total)),
      "ratio": Value(.number(memory.ratio)),
    ]
  }
}
