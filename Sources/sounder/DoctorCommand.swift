internal import ArgumentParser

/// `sounder doctor`
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Show what is installed and what is missing.")
  @OptionGroup var report: ReportOptions

  func run() throws {}
}
