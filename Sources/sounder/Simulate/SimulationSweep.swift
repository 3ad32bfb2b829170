private import Configuration
internal import Distributed

/// The trainings of one simulation: every combination of the lists.
struct SimulationSweep {
  let workers: [Int]
  let modes: [any ExchangeMode]
  let servers: [Int]
  let intervals: [Int]
  let compressions: [PushCompression]
  /// Nil: as many as the workers need with one on each core.
  let nodeCount: Int?
  let coreCount: Int

  /// In the order in which they are shown: a mode's rows stand together.
  ///
  /// Servers, intervals and compression mean nothing to modes in which all workers meet, nor on one node.
  var trainings: [SimulatedTraining] {
    var trainings: [SimulatedTraining] = []
    for mode in modes {
      let usesServers = type(of: mode).sharesMemory
      for count in usesServers ? servers : [1] {
        for interval in usesServers ? intervals : [1] {
          for compression in usesServers ? compressions : [.none] {
            for worker in workers {
              let nodes = nodeCount ?? max(1, (worker + coreCount - 1) / max(1, coreCount))
              trainings.append(
                SimulatedTraining(
                  mode: mode, workerCount: worker, nodeCount: nodes, serverCount: count,
                  nodeInterval: interval, compression: compression))
            }
          }
        }
      }
    }
    return trainings
  }

  /// The pieces between the commas that stand outside of braces.
  static func words(_ text: String) -> [String] {
    var words = [""]
    var depth = 0
    for character in text {
      if character == "{" { depth += 1 } else if character == "}" { depth -= 1 }
      if character == ",", depth == 0 {
        words.append("")
      } else if character != " " || !words[words.count - 1].isEmpty {
        words[words.count - 1].append(character)
      }
    }
    return words
  }

  /// Whole numbers above 0, as in `1,2,4`.
  static func counts(_ text: String, _ option: String) throws -> [Int] {
    try words(text).map { word in
      guard let number = Int(word), number > 0 else {
        throw CommandError.usage("\(option) '\(text)': '\(word)' is no whole number above 0")
      }
      return number
    }
  }

  /// Modes by name, alone or with options, or all of the registry.
  static func modes(_ text: String) throws -> [any ExchangeMode] {
    let items = text == "all" ? ModeRegistry.all.map { $0.name } : words(text)
    return try items.map { item in
      do {
        return try ModeRegistry.mode(Value(yaml: item, file: "--modes"), at: ["mode"])
      } catch let error as ConfigurationError {
        throw CommandError.usage("--modes '\(item)': \(error.message)")
      }
    }
  }
}
