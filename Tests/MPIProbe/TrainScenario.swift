import AllocationCounter
import CKernels
import Configuration
import Distributed
import Foundation
import HDF5
import NN

/// Trains the job file that is named first, with the overrides that follow, and prints what a test
/// wants to know as one JSON object on one line.
///
/// `--then` between overrides: the job is trained once with those before it, and again with those behind
/// it, without the time that a start of MPI takes.
enum TrainScenario {
  static func run(_ arguments: [String], on world: borrowing Communicator) throws -> Int32 {
    // oneDNN's products for CPUs without AVX-512 allocate inside of its calls; that is not ours to count.
    if Engine.instructionSet != "avx512" { allocation_skip_while(ck_recycles_allocations) }
    var status: Int32 = 0
    for overrides in arguments.dropFirst().split(
      separator: "--then", omittingEmptySubsequences: false)
    {
      status = max(status, try train(arguments[0], overrides, on: world))
    }
    return status
  }

  private static func train(
    _ path: String, _ overrides: ArraySlice<String>, on world: borrowing Communicator
  ) throws -> Int32 {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    var value = try Value(yaml: text, file: path)
    for override in overrides { try value.apply(override: override) }
    let job = try TrainingJob(value: value)
    let notes = Notes()
    let allocations = allocation_count()
    let diary = Diary(world)
    let report = try Trainer(job, jobText: text, jobPath: path, overwrites: true).run(
      on: world, observer: notes, callbacks: diary.map { [$0] } ?? [])
    let diaries = try diary.map { try world.allGather($0.summary) } ?? []
    let made = allocation_counts() == 1 ? Int(allocation_count() - allocations) : -1
    // The last rank is a worker, or the process that is alone.
    let worker = try world.allReduce(world.rank == world.size - 1 ? made : 0, .sum)
    guard world.rank == 0 else { return report.exitCode }
    var result: [Value.Entry] = [
      .init("outcome", Value(.string(report.outcome.rawValue))),
      .init("exchange", Value(.string(report.exchange))),
      .init("samples", Value(.int(report.sampleCount))),
      .init("epochs", Value(.int(report.history.count))),
      .init("refused", Value(.int(report.refusedCount))),
      .init("allocations", Value(.int(worker))),
      .init("server_cpu", Value(.number(report.serverCPUShare ?? -1))),
      .init("seconds", Value(.number(report.computeSeconds))),
      .init("notes", Value(.list(notes.lines.map { Value(.string($0)) }))),
      .init("observed", Value(.int(notes.epochs))),
      .init("step_ratio", Value(.number(report.stepMemory?.ratio ?? .nan))),
      .init("result_epoch", Value(.int(report.result?.epoch ?? 0))),
      .init("diaries", Value(.list(diaries.map { Value(.int($0)) }))),
      .init(
        "val_losses", Value(.list(report.history.map { Value(.number($0["val_loss"] ?? .nan)) }))),
      .init("steps", Value(.list(notes.steps.map { Value(.int($0)) }))),
    ]
    result += [
      .init("nodes", Value(.int(report.nodeCount))),
      .init("exchanged_bytes", Value(.int(report.exchangedByteCount))),
      .init("node_exchanges", Value(.int(report.nodeStaleness?.updateCount ?? 0))),
      .init("node_staleness_largest", Value(.int(report.nodeStaleness?.largest ?? 0))),
      .init("ranks", Value(.list(report.ranks.map(\.value)))),
    ]
    if let staleness = report.staleness {
      result += [
        .init("staleness_mean", Value(.number(staleness.mean))),
        .init("staleness_largest", Value(.int(staleness.largest))),
        .init("staleness_updates", Value(.int(staleness.updateCount))),
      ]
    }
    if let reason = report.endReason {
      result.append(.init("end_reason", Value(.string(reason))))
    }
    if let best = report.bestEpoch { result.append(.init("best_epoch", Value(.int(best)))) }
    for figure in report.history.last?.values ?? [] {
      result.append(.init(figure.name, Value(.number(figure.value))))
    }
    if report.outcome == .finished {
      let parameters = try TrainedModel(reading: job.output.model).parameters
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for value in parameters { hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3 }
      result.append(.init("hash", Value(.string(String(hash, radix: 16)))))
      result.append(
        .init("parameters", Value(.list(parameters.prefix(200).map { Value(.number(Double($0))) })))
      )
    }
    print(Value(.map(result)).json)
    return report.exitCode
  }
}

/// What a rank heard of a training by its callback.
private final class Diary: TrainingCallback {
  private var begun: [Int] = []
  private var validations = 0
  private var ended: [EpochRecord] = []
  private let stopEpoch: Int?

  /// nil unless a test asks for it: `PROBE_CALLBACK="stop=3,rank=1"` wants to stop behind epoch 3, on
  /// rank 1 alone.
  init?(_ world: borrowing Communicator) {
    guard let text = ProcessInfo.processInfo.environment["PROBE_CALLBACK"] else { return nil }
    func number(_ key: String) -> Int? {
      text.split(separator: ",").first { $0.hasPrefix(key + "=") }
        .flatMap { Int($0.dropFirst(key.count + 1)) }
    }
    stopEpoch = number("rank") == world.rank ? number("stop") : nil
  }

  func epochBegan(_ epoch: Int) { begun.append(epoch) }
  func validated(_ record: EpochRecord) { validations += 1 }
  func epochEnded(_ record: EpochRecord) { ended.append(record) }
  var wantsStop: Bool { stopEpoch.map { (ended.last?.epoch ?? 0) >= $0 } ?? false }

  /// Epochs begun, validations, epochs ended, and a hash of all numbers of their records.
  var summary: [Int] {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for record in ended {
      let numbers = [Double(record.epoch), record.seconds, record.samplesPerSecond]
      for number in numbers + record.values.map(\.value) {
        hash = (hash ^ number.bitPattern) &* 0x100_0000_01b3
      }
    }
    return [begun.count, validations, ended.count, Int(hash >> 2)]
  }
}

private final class Notes: TrainingObserver {
  var lines: [String] = []
  var epochs = 0
  /// The steps of all validations.
  var steps: [Int] = []
  /// The step whose verdict is to stop.
  private let lastStep = ProcessInfo.processInfo.environment["PROBE_LAST_STEP"].flatMap { Int($0) }
  func note(_ line: String) { lines.append(line) }
  func progress(_ progress: TrainingProgress) {}
  func epochEnded(_ record: EpochRecord) {
    epochs += 1
    steps.append(record.step)
  }
  func partEnded(_ record: EpochRecord) { steps.append(record.step) }
  var givesVerdicts: Bool { lastStep != nil }
  func verdict(after record: EpochRecord) -> EpochVerdict {
    record.step == lastStep ? .stop : .proceed
  }
}
