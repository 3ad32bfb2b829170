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
  /// - Parameter network: The network, for its table of layers.
  /// - Returns: The exit code of the first item that failed.
  func finish(_ network: Network?) -> Int32 {
    let failures = items.filter { $0.failure != nil }
    if options.json {
      var entries: [Value.Entry] = [
        .init("ok", Value(.bool(failures.isEmpty))),
        .init("items", Value(.list(items.map(\.value)))),
        .init("layers", Value(.list((network?.table ?? []).map(Self.value)))),
      ]
      if let space { entries.append(.init("space", SpaceTable(space).value)) }
      TrainingDisplay.printJSON(Value(.map(entries)))
    } else if !options.quiet {
      if let space { print("\n" + SpaceTable(space).lines.joined(separator: "\n")) }
      if let network { print("\n" + network.tableText) }
    }
    guard let first = failures.first else { return 0 }
    let count = failures.count == 1 ? "one item" : "\(failures.count) items"
    return ErrorLine.show(
      "the check failed in \(count), first: \(first.name): \(first.text)",
      exitCode: first.failure ?? ExitCode.fault)
  }

  private static func value(_ row: LayerRow) -> Value {
    [
      "name": Value(.string(row.name)), "kind": Value(.string(row.kind)),
      "output_shape": Value(.list(row.outputShape.map { Value(.int($0)) })),
      "parameters": Value(.int(row.parameterCount)),
    ]
  }
}
