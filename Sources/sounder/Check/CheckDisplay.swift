internal import Configuration
internal import NN

/// Prints the items of a check as they come, and adds them up.
final class CheckDisplay {
  private let options: ReportOptions
  private var items: [CheckItem] = []

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
      TrainingDisplay.printJSON([
        "ok": Value(.bool(failures.isEmpty)), "items": Value(.list(items.map(\.value))),
        "layers": Value(.list((network?.table ?? []).map(Self.value))),
      ])
    } else if let network, !options.quiet {
      print("\n" + network.tableText)
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
