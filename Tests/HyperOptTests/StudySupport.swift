import Configuration
import Foundation
import HyperOpt
import TestSupport

/// A small space with every kind of parameter and a condition.
func smallSpace() throws -> SearchSpace {
  try SearchSpace([
    Parameter("rate", .float(low: 1e-5, high: 1, log: true)),
    Parameter("momentum", .float(low: 0, high: 0.95, step: 0.05)),
    Parameter("depth", .int(low: 1, high: 4)),
    Parameter("optimizer", .categorical(["adam", "sgd"])),
    Parameter("size", .ordinal([8, 16, 32]), when: [Condition("optimizer", .oneOf([1]))]),
    Parameter("bias", .boolean),
  ])
}

func smallSettings(seed: UInt64 = 1, sampler: Value = "random") throws -> StudySettings {
  StudySettings(
    name: "small", space: try smallSpace(), metricNames: ["loss"], sampler: sampler, seed: seed,
    job: ["network": "mlp"])
}

/// A value of a trial, a function of its parameters.
func value(of trial: Trial) -> Double {
  trial.parameters.values.values.sorted().reduce(0, +)
}

/// Asks, reports and tells `count` times; every third is pruned, every fifth fails.
func run(_ study: Study, _ count: Int) throws {
  for _ in 0..<count {
    let trial = try study.ask()
    try study.report(trial.number, step: 1, value: value(of: trial) + 1)
    try study.report(trial.number, step: 2, value: .nan)
    switch trial.number {
    case let n where n % 5 == 4: try study.tell(n, .failed(reason: "line one\nline \"two\""))
    case let n where n % 3 == 2: try study.tell(n, .pruned)
    case let n: try study.tell(n, .complete([value(of: trial)]))
    }
  }
}

/// Whether two trials are the same to the last bit.
func isSame(_ a: Trial, _ b: Trial) -> Bool {
  func bits(_ values: [Double]) -> [UInt64] { values.map(\.bitPattern) }
  return a.number == b.number && a.state == b.state
    && a.parameters.values.mapValues(\.bitPattern) == b.parameters.values.mapValues(\.bitPattern)
    && bits(a.values) == bits(b.values) && a.reports.map(\.step) == b.reports.map(\.step)
    && a.reports.map { $0.value.isNaN || $0.value == 0 ? 0 : $0.value.bitPattern }
      == b.reports.map { $0.value.isNaN || $0.value == 0 ? 0 : $0.value.bitPattern }
    && a.userAttributes == b.userAttributes && a.systemAttributes == b.systemAttributes
    && a.startTime == b.startTime && a.endTime == b.endTime
}

/// Runs `body` with an empty folder in memory where the system has such: thousands of syncs cost
/// nothing there.
func withMemoryFolder(_ body: (URL) throws -> Void) throws {
  let memory = URL(fileURLWithPath: "/dev/shm")
  guard FileManager.default.isWritableFile(atPath: memory.path) else {
    return try withTemporaryFolder(body)
  }
  let folder = memory.appendingPathComponent("sounder-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}
