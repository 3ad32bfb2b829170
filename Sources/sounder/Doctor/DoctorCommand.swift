internal import ArgumentParser
private import Configuration

/// `sounder doctor`: what is installed, in which version, and what to install.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show which libraries and tools are found, and what to install.")

  @OptionGroup var report: ReportOptions

  func run() {
    let findings = Finding.all
    if report.json {
      print(Value(.list(findings.map(\.value))).json)
      return
    }
    for finding in findings where !report.quiet || !finding.isFine { print(finding.line) }
    let packages = findings.filter { !$0.isFine }.compactMap(\.package)
    if packages.isEmpty {
      if !report.quiet { print("Nothing is missing.") }
    } else {
      print("Install what is missing:  sudo apt-get install \(packages.joined(separator: " "))")
    }
  }
}
