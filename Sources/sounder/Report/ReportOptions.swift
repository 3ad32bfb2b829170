internal import ArgumentParser

/// What a command prints: shared by all commands.
struct ReportOptions: ParsableArguments {
  @Flag(help: "Print machine-readable JSON on standard output, and nothing else there.")
  var json = false

  @Flag(help: "Print results and errors only: no progress, no remarks.")
  var quiet = false
}
