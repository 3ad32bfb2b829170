import Configuration
import HDF5

/// Says which columns of a table hold no numbers.
func noNumbers(
  _ others: [(name: String, type: ElementType)], of place: String, _ what: String, isWhole: Bool
) -> PipelineError {
  guard !others.isEmpty else {
    return PipelineError("\(place) has no \(what) with numbers: name another data set")
  }
  let shown = others.prefix(8).map { "'\($0.name)' (\($0.type))" }.joined(separator: ", ")
  let rest = others.count > 8 ? " and \(others.count - 8) more" : ""
  return PipelineError(
    "\(place): the \(what) \(shown)\(rest) hold no numbers, and numbers are needed: "
      + (isWhole
        ? "name it as 'table', and list the others as 'features'"
        : "leave them out, or make numbers of them by stages of pipeline.table"))
}

/// Says that a table has no such column, and which is the nearest.
func missingColumn(
  _ name: String, among names: [String], of place: String, _ what: String
) -> PipelineError {
  let advice: String
  if let nearest = Spelling.nearest(to: name, among: names) {
    advice = "did you mean '\(nearest)'?"
  } else {
    advice =
      names.isEmpty
      ? "it has none"
      : "it has " + names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", ..." : "")
  }
  return PipelineError(
    "\(place) has no \(what) '\(name)': \(advice)", exitCode: ExitCode.missingInput)
}
