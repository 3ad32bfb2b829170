private import Configuration
private import Foundation

/// What a training has measured about itself: the file of `sounder train --trace`.
package struct MeasuredTrace: Sendable, Equatable {
  /// The mode's name.
  package let mode: String
  /// Ranks that trained.
  package let workerCount: Int
  /// Rows of a step, in the mean.
  package let batchSize: Int
  /// Floats of the optimizer's state for each parameter.
  package let stateFloats: Int
  /// Floats that the workers share.
  package let parameterCount: Int
  /// Seconds for which a worker waited for the rows of a step, in the mean.
  package let readSeconds: Double
  /// Seconds of its forward and backward pass, and of the update where `update` says so.
  package let computeSeconds: Double
  /// Where the update is.
  let update: UpdatePlace
  /// The spread of the workers' means.
  package let workerSpread: Double
  /// The spread of a worker's steps, where the file has steps; nil elsewhere.
  package let stepSpread: Double?

  /// Reads a file.
  ///
  /// - Throws: `DistributedError`: 66 for a file that is not there, 65 for one that is no such trace.
  package init(reading path: String) throws(DistributedError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw DistributedError(
        "no trace at '\(path)': `sounder train JOB.yaml --trace \(path)` writes one", exitCode: 66)
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw DistributedError("cannot read the trace '\(path)'", exitCode: 74)
    }
    do { try self.init(json: String(decoding: data, as: UTF8.self)) } catch {
      throw DistributedError("the trace '\(path)' cannot be used: \(error)")
    }
  }

  /// Reads the file's text.
  package init(json text: String) throws {
    let root = try Value(json: text)
    guard let own = root["otherData"]?["sounder"] else {
      throw DistributedError("otherData.sounder is missing: only a trace of Sounder has it")
    }
    let format = own["format"]?.int
    guard format == 1 else {
      throw DistributedError(
        "its format is \(format.map(String.init) ?? "missing"), and 1 can be read")
    }
    guard case .string(let mode)? = own["mode"]?.kind else {
      throw DistributedError("otherData.sounder.mode is no text")
    }
    self.mode = mode
    workerCount = try Self.count(own, "workers")
    batchSize = try Self.count(own, "batch_size")
    parameterCount = try Self.count(own, "parameters")
    stateFloats = Int(try Self.number(own, "state_floats"))
    guard case .string(let place)? = own["update"]?.kind,
      let update = UpdatePlace.allCases.first(where: { "\($0)" == place })
    else {
      throw DistributedError("'update' is \(own["update"]?.summary ?? "missing"), no such place")
    }
    self.update = update
    guard case .list(let all)? = own["ranks"]?.kind else {
      throw DistributedError("otherData.sounder.ranks is no list")
    }
    // A server's rank makes no steps.
    let ranks = try all.map { rank in (try Self.number(rank, "steps"), rank) }.filter { $0.0 > 0 }
    let steps = ranks.reduce(0) { $0 + $1.0 }
    guard steps > 0 else { throw DistributedError("no rank of it has made a step") }
    func mean(_ key: String) throws -> Double {
      try ranks.reduce(0) { $0 + (try Self.number($1.1, key)) } / steps
    }
    readSeconds = try mean("read")
    computeSeconds = try mean("compute")
    guard computeSeconds > 0 else { throw DistributedError("its workers have computed for 0 s") }
    workerSpread = Self.spread(try ranks.map { try Self.number($0.1, "compute") / $0.0 }) ?? 0
    stepSpread = Self.spread(ofStepsIn: root)
  }

  /// The model that this measurement gives, with defaults for the rest.
  ///
  /// An update that is in the time of compute is taken out of it. Workers that got into each other's way were
  /// slower than one alone: a trace of one worker is the best one.
  package func model(coreBandwidth: Double) throws(DistributedError) -> ClusterModel {
    var model = ClusterModel(parameterCount: parameterCount, computeSeconds: computeSeconds)
    model.batchSize = batchSize
    model.stateFloats = stateFloats
    model.coreBandwidth = coreBandwidth
    model.readSeconds = readSeconds
    model.workerSpread = workerSpread
    if let stepSpread { model.stepSpread = stepSpread }
    guard ModeRegistry.all.contains(where: { $0.name == mode }) else {
      throw DistributedError("the trace is of a mode '\(mode)' that is not known")
    }
    let seconds =
      switch update {
      case .exchange: 0.0
      case .backward: model.updateSeconds
      // The gradient comes from memory.
      case .compute: model.updateSeconds + model.passSeconds(bytes: 4)
      }
    model.computeSeconds = max(computeSeconds / 2, computeSeconds - seconds)
    return model
  }

  private static func number(_ value: Value, _ key: String) throws -> Double {
    guard let number = value[key]?.number, number.isFinite, number > -1e-9, number < 1e15 else {
      throw DistributedError("'\(key)' is \(value[key]?.summary ?? "missing"), no such number")
    }
    return max(0, number)
  }

  private static func count(_ value: Value, _ key: String) throws -> Int {
    guard let number = value[key]?.int, number > 0, number < 1 << 40 else {
      throw DistributedError("'\(key)' is \(value[key]?.summary ?? "missing"), no count above 0")
    }
    return number
  }

  /// The standard deviation over the mean; nil for fewer than two values.
  private static func spread(_ values: [Double]) -> Double? {
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    guard values.count > 1, mean > 0 else { return nil }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot() / mean
  }

  /// The spread within each rank's passes over whole batches: its events of the name `compute` with most rows.
  ///
  /// An update behind an exchange is an event of that name, too, without rows.
  private static func spread(ofStepsIn root: Value) -> Double? {
    guard case .list(let events)? = root["traceEvents"]?.kind else { return nil }
    var passes: [Int: [(rows: Int, duration: Double)]] = [:]
    for event in events {
      guard case .string("compute")? = event["name"]?.kind, let rank = event["pid"]?.int,
        let rows = event["args"]?["rows"]?.int, let duration = event["dur"]?.number, duration > 0,
        duration.isFinite
      else { continue }
      passes[rank, default: []].append((rows, duration))
    }
    let spreads = passes.sorted { $0.key < $1.key }.compactMap { entry in
      let most = entry.value.map(\.rows).max() ?? 0
      let whole = entry.value.filter { $0.rows == most }.map(\.duration)
      // The first steps are those of cold caches; what the machine did meanwhile is in the tails.
      let steady = whole.dropFirst(whole.count / 10).sorted()
      let cut = steady.count / 100
      return whole.count < 20 ? nil : spread(Array(steady.dropFirst(cut).dropLast(cut)))
    }
    return spreads.isEmpty ? nil : spreads.reduce(0, +) / Double(spreads.count)
  }
}
