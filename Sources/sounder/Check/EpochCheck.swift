internal import Distributed
internal import Pipeline

/// What an epoch of a job comes to where that depends on the rows and the number of workers: steps over
/// whole slices, batches that are drawn, rows that are dealt anew.
struct EpochCheck {
  /// What was found.
  private(set) var items: [CheckItem] = []
  /// The section `training` with a number in `batch_size`; nil when nobody can say which.
  private(set) var training: TrainingConfiguration?

  /// Looks at the rows of a job that can be used.
  init(_ job: JobSections, layout: RowLayout?, workerCount: Int) {
    training = job.training
    if training?.usesWholeSlice == true { training = nil }
    // What is wrong with the data has been said.
    guard let whole = job.whole, Self.depends(whole), layout?.targetShape != nil,
      let size = try? EpochSize(whole, workerCount: workerCount)
    else { return }
    do {
      var resolved = whole.training
      try resolved.resolveBatch(size)
      training = resolved
      if resolved.usesWholeSlice {
        items.append(
          CheckItem(
            "training.batch_size",
            "a worker's whole slice: \(Figures.grouped(size.longestSlice)) rows with "
              + Self.workers(workerCount)))
      }
      items += draw(resolved, size, workerCount)
      items += deals(whole, workerCount)
    } catch { items.append(CheckItem("training.batch_size", failed: error)) }
  }

  private static func depends(_ job: TrainingJob) -> Bool {
    job.training.usesWholeSlice || job.training.stepsPerEpoch != nil
      || job.data.redealEpochCount > 0
  }

  private func draw(
    _ training: TrainingConfiguration, _ size: EpochSize, _ workerCount: Int
  ) -> [CheckItem] {
    guard let steps = training.stepsPerEpoch else { return [] }
    let shortest = size.slices.min() ?? 0
    var items = [
      CheckItem(
        "training.steps_per_epoch",
        "\(Figures.grouped(steps)) batches by each of \(Self.workers(workerCount)): "
          + "\(Figures.grouped(size.sampleCount)) rows an epoch, of "
          + "\(Figures.grouped(size.rowCount)) that there are")
    ]
    if shortest < training.batchSize, !training.usesWholeSlice {
      items.append(
        CheckItem(
          "training.steps_per_epoch",
          note:
            "a worker has \(Figures.grouped(shortest)) rows: its batches are no longer than that"))
    }
    return items
  }

  private func deals(_ job: TrainingJob, _ workerCount: Int) -> [CheckItem] {
    let redeal = job.data.redealEpochCount
    guard redeal > 0 else { return [] }
    let count = (job.training.epochCount - 1) / redeal
    if workerCount == 1 {
      return [CheckItem("data.redeal", note: "one worker has all rows: there is nothing to deal")]
    }
    if count == 0 {
      return [
        CheckItem(
          "data.redeal",
          note: "the training has \(job.training.epochCount) epochs, and the rows are dealt anew "
            + "after every \(redeal): never")
      ]
    }
    return [
      CheckItem(
        "data.redeal",
        "the rows are dealt anew \(Figures.grouped(count)) time\(count == 1 ? "" : "s")")
    ]
  }

  private static func workers(_ count: Int) -> String {
    count == 1 ? "one worker" : "\(Figures.grouped(count)) workers"
  }
}
