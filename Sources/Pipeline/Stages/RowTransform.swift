/// Fitted stages compiled for batches of bounded size: affine stages run as one, the first of them
/// while rows are gathered and converted.
///
/// Holds its scratch memory; a batch allocates nothing.
public final class RowTransform {
  private enum Step {
    case affine(AffineKernel)
    case stage(any Transformer)
  }

  /// Numbers in a row before and behind the stages.
  public let inputCount, outputCount: Int
  private let first: AffineKernel
  private let steps: [(step: Step, outputCount: Int)]
  private let sequence: [UInt32]
  private let scratch: [UnsafeMutableBufferPointer<Float>]

  /// Compiles `stages` for at most `rowCount` rows at a time.
  public init(_ stages: FittedStages, rowCount: Int) {
    inputCount = stages.inputCount
    outputCount = stages.outputCount
    var first: Affine?
    var steps: [(step: Step, outputCount: Int)] = []
    var pending: (affine: Affine, count: Int)? = (.identity, stages.inputCount)
    func flush() {
      guard let (affine, count) = pending else { return }
      if first == nil {
        first = affine
      } else {
        steps.append((.affine(AffineKernel(affine, width: count)), count))
      }
      pending = nil
    }
    for stage in stages.stages {
      let count = stage.outputShape.elementCount
      if let affine = stage.affine {
        pending = (pending?.affine.followed(by: affine) ?? affine, count)
      } else {
        flush()
        steps.append((.stage(stage), count))
      }
    }
    flush()
    self.first = AffineKernel(first ?? .identity, width: stages.inputCount)
    self.steps = steps
    sequence = Array(0..<UInt32(rowCount))
    let widest = max(stages.inputCount, steps.map(\.outputCount).max() ?? 0)
    scratch = (0..<min(2, steps.count)).map { _ in .allocate(capacity: rowCount * widest) }
  }

  deinit {
    for buffer in scratch { buffer.deallocate() }
  }

  /// Transforms the rows at `indices` of `rows`, bytes, into `output`.
  public func gather(
    bytes rows: UnsafePointer<UInt8>, _ indices: UnsafeBufferPointer<UInt32>,
    into output: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    first.gather(bytes: rows, indices, into: target(of: 0, output))
    try finish(indices.count, output)
  }

  /// Transforms the rows at `indices` of `rows` into `output`.
  public func gather(
    floats rows: UnsafePointer<Float>, _ indices: UnsafeBufferPointer<UInt32>,
    into output: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    first.gather(floats: rows, indices, into: target(of: 0, output))
    try finish(indices.count, output)
  }

  /// Transforms the first `rowCount` rows of `rows`, in order, into `output`.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    precondition(rowCount <= sequence.count, "\(rowCount) rows, room for \(sequence.count)")
    var failure: PipelineError?
    sequence.withUnsafeBufferPointer { all in
      let indices = UnsafeBufferPointer(rebasing: all.prefix(rowCount))
      do throws(PipelineError) {
        try gather(floats: rows, indices, into: output)
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Where pass `index` writes: the gathering pass is 0, step k is k + 1; the last one writes to the
  /// caller's memory.
  private func target(
    of index: Int, _ output: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    index == steps.count ? output : scratch[index % 2].baseAddress ?? output
  }

  private func finish(
    _ rowCount: Int, _ output: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    precondition(rowCount <= sequence.count, "\(rowCount) rows, room for \(sequence.count)")
    for index in steps.indices {
      let source = UnsafePointer(target(of: index, output))
      let destination = target(of: index + 1, output)
      switch steps[index].step {
      case .affine(let kernel):
        sequence.withUnsafeBufferPointer {
          kernel.gather(
            floats: source, UnsafeBufferPointer(rebasing: $0.prefix(rowCount)), into: destination)
        }
      case .stage(let stage):
        try stage.transform(source, rowCount: rowCount, into: destination)
      }
    }
  }
}
