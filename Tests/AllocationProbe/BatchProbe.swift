import AllocationCounter
import Configuration
import Pipeline

/// Counts what 100 batches allocate that come from memory, plain and of augmented images.
enum BatchProbe {
  private static let rowCount = 10

  /// Images of 4 x 4, all zero.
  private struct Zeros: RowSource {
    let layout: RowLayout
    let featureName = "zeros"
    let targetName = "zeros"

    func readFeatures(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<UInt8>) {
      buffer.update(repeating: 0)
    }
    func readFeatures(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) {
      buffer.update(repeating: 0)
    }
    func readTargets(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) {
      buffer.update(repeating: 0)
    }
  }

  /// Prints one line `NAME COUNT` for each; with `leaks` each batch also makes one allocation.
  static func run(stepCount: Int, leaks: Bool) throws {
    for (name, augment) in [
      ("plain", ""), ("augmented", "flip, shift: {pixels: 1}, crop: {padding: 2, edge: reflect}"),
    ] {
      for hasBytes in [false, true] {
        let count = try allocations(augment, hasBytes: hasBytes, stepCount, leaks)
        print("\(name)\(hasBytes ? "-bytes" : "") \(count)")
      }
    }
  }

  private static func allocations(
    _ augment: String, hasBytes: Bool, _ stepCount: Int, _ leaks: Bool
  ) throws -> Int {
    let source = Zeros(
      layout: RowLayout(
        rowCount: rowCount * stepCount, featureShape: [4, 4], targetShape: [],
        hasByteFeatures: hasBytes))
    var options = try Options(
      try Value(
        yaml: "{features: [scale: {factor: 2}, normalize], augment: [\(augment)]}", file: "probe"))
    let pipeline = try PipelineConfiguration(options: &options)
    let reader = try BatchReader(
      { source }, pipeline: try pipeline.fitted(to: source), memoryByteCount: 1 << 24,
      batchRowCount: rowCount, augment: pipeline.augment, seed: 1)
    let features = UnsafeMutableBufferPointer<Float>.allocate(capacity: 16 * rowCount)
    let targets = UnsafeMutableBufferPointer<Float>.allocate(capacity: rowCount)
    defer {
      features.deallocate()
      targets.deallocate()
    }
    func epoch(_ number: Int) throws -> Int {
      reader.start(
        EpochPlan(shuffle: reader.shuffle(seed: 1), epoch: number, worker: 0, of: 1))
      let before = allocation_count()
      for _ in 0..<stepCount {
        let count = try reader.next(into: features, targets: targets, count: rowCount)
        precondition(count == rowCount)
        if leaks { allocation_make_one() }
      }
      return allocation_count() - before
    }
    // The first epoch waits for the thread that reads.
    _ = try epoch(1)
    return try epoch(2)
  }
}
