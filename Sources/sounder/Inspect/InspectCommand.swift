internal import ArgumentParser
private import Configuration
private import Distributed
private import HDF5

/// `sounder inspect`: what an HDF5 file holds, and the layers of a model file.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what an HDF5 file holds: groups, data sets, attributes, and a model's layers.")

  @Argument(help: "The file.")
  var file: String

  @Flag(help: "Print machine-readable JSON on standard output, and nothing else there.")
  var json = false

  func run() throws {
    try FileProbe([file]).check()
    let file = try File(opening: file)
    let outline = try Outline(of: file)
    let model = ModelOutline(of: file)
    if json {
      var entries: [Value.Entry] = [
        .init("file", Value(.string(self.file))), .init("root", outline.value),
      ]
      if let model { entries.append(.init("model", model.value)) }
      print(Value(.map(entries)).json)
      return
    }
    print(outline.text)
    guard let model else { return }
    print("")
    for line in model.lines { print(line) }
  }
}
