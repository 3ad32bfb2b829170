internal import Configuration

/// `data.stage`: copies of the data files on a disk of each node, which its ranks read in place of the files.
public struct DataStage: Sendable, Equatable {
  /// `folder`: where copies stand; made where it is missing.
  public var folder: String
  /// `command`: what copies a file, a line for the shell with `{source}` and `{target}` in it; nil: Sounder does.
  public var command: String?
  /// `keep`: whether copies stay when the training ends.
  public var keeps: Bool

  /// Takes `stage`, the folder alone or a map; nil where it is not given.
  init?(options data: inout Options) throws(ConfigurationError) {
    guard let value = data.value("stage") else { return nil }
    (command, keeps) = (nil, false)
    guard case .map = value.kind else {
      folder = try data.string("stage")
      guard !folder.isEmpty else { throw data.error("a folder is needed", "stage") }
      return
    }
    var options = try data.requiredOptions("stage")
    folder = try options.string("folder")
    guard !folder.isEmpty else { throw options.error("a folder is needed", "folder") }
    keeps = try options.bool("keep", default: false)
    if options.value("command") != nil {
      let line = try options.string("command")
      for part in ["{source}", "{target}"] where !line.contains(part) {
        throw options.error(
          "\(part) is missing, for which the file's name is put in: write it as in "
            + "'cp {source} {target}'", "command")
      }
      command = line
    }
    try options.finish()
  }

  /// The keys as the job file has them.
  var value: Value {
    guard command != nil || keeps else { return Value(.string(folder)) }
    var entries = [Value.Entry("folder", Value(.string(folder)))]
    if let command { entries.append(.init("command", Value(.string(command)))) }
    if keeps { entries.append(.init("keep", true)) }
    return Value(.map(entries))
  }
}
