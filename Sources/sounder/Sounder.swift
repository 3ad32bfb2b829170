import ArgumentParser

@main
struct Sounder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sounder", abstract: "Trains and tunes neural networks on MPI clusters.")
}
