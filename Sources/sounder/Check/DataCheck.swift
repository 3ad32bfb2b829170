internal import Configuration
internal import Distributed
internal import Pipeline

/// The data of a job: that they are there, have the right form, and hold numbers that can be used.
struct DataCheck {
  /// What was found.
  private(set) var items: [CheckItem] = []
  /// The form of the training rows; nil when they cannot be read.
  private(set) var layout: RowLayout?
  /// The form of the validation rows, when they are rows of their own.
  private(set) var validationLayout: RowLayout?

  /// Opens the data sets.
  init(_ data: DataConfiguration) {
    layout = open(data.train, name: "data.train")
    if layout?.targetShape == nil, layout != nil {
      items.append(
        CheckItem(
          "data.train",
          failed: "no target: add the data set that the network shall learn to predict"))
    }
    switch data.validation {
    case .source(let source):
      validationLayout = open(source, name: "data.validation")
      if let layout, let other = validationLayout,
        layout.featureShape != other.featureShape || layout.targetShape != other.targetShape
      {
        items.append(
          CheckItem(
            "data.validation",
            failed: "its rows have the shape \(other.featureShape) and targets of the shape "
              + "\(other.targetShape ?? []), but those of data.train \(layout.featureShape) and "
              + "\(layout.targetShape ?? []): name data sets of the same form"))
      }
    case .fraction(let fraction, _):
      items.append(
        CheckItem("data.validation", "\(Figures.fixed(fraction * 100, 1)) % of the training rows"))
    case .fold(let fold, let count, _):
      items.append(CheckItem("data.validation", "fold \(fold) of \(count) of the training rows"))
    case nil: items.append(CheckItem("data.validation", "none: epochs are not measured"))
    }
  }

  /// Reads all values once: NaN, infinities, labels outside the classes.
  ///
  /// - Parameters:
  ///   - data: The job's data.
  ///   - classCount: The number of classes when targets are class numbers.
  ///   - pipeline: Stages, of which one may fill in missing values.
  mutating func scan(
    _ data: DataConfiguration, classCount: Int?, pipeline: PipelineConfiguration?
  ) {
    if layout != nil { scan(data.train, name: "data.train", classCount, pipeline) }
    if validationLayout != nil, case .source(let source) = data.validation {
      scan(source, name: "data.validation", classCount, pipeline)
    }
  }

  private mutating func open(_ source: DataSource, name: String) -> RowLayout? {
    do {
      let layout = try source.open().layout
      let form = layout.featureShape.map { "\($0)" }.joined(separator: " x ")
      let type = layout.hasByteFeatures ? " (8-bit)" : ""
      items.append(
        CheckItem(
          name,
          "\(source.file): \(Figures.grouped(layout.rowCount)) rows of \(form.isEmpty ? "1" : form)"
            + "\(type), read \(layout.blockRowCount) at a time"))
      return layout
    } catch {
      items.append(CheckItem(name, failed: error))
      return nil
    }
  }

  private mutating func scan(
    _ source: DataSource, name: String, _ classCount: Int?, _ pipeline: PipelineConfiguration?
  ) {
    let findings: DataScan
    do { findings = try DataScan(try source.open()) } catch {
      items.append(CheckItem(name, failed: error))
      return
    }
    let before = items.count
    report(
      findings.features, of: source.features, name,
      acceptsMissing: pipeline?.acceptsMissingFeatures == true)
    if let target = source.target {
      report(
        findings.targets, of: target, name,
        acceptsMissing: pipeline?.acceptsMissingTargets == true)
      if let classCount, let range = findings.targets.range {
        let isInside =
          findings.targets.isWhole && range.lowerBound >= 0 && range.upperBound < Float(classCount)
        if !isInside {
          items.append(
            CheckItem(
              name,
              failed: "\(source.file): '\(target)' has labels from \(range.lowerBound) to "
                + "\(range.upperBound)\(findings.targets.isWhole ? "" : ", not all whole"), but the "
                + "network tells the classes 0 to \(classCount - 1) apart: mend the labels or the "
                + "last layer's units"))
        }
      }
    }
    if let weights = source.weights {
      report(findings.weights, of: weights, name, acceptsMissing: nil)
      if let least = findings.weights.range?.lowerBound, least < 0 {
        items.append(
          CheckItem(
            name, failed: "'\(weights)' has the weight \(least): a weight is at least 0"))
      }
    }
    guard items.count == before else { return }
    items.append(
      CheckItem(
        name,
        "values: features \(words(findings.features)), targets "
          + words(findings.targets)
          + (source.weights == nil ? "" : ", weights " + words(findings.weights))))
  }

  /// Missing values are accepted, or not accepted, or nothing that a pipeline could fill in (nil).
  private mutating func report(
    _ findings: DataScan.Findings, of dataset: String, _ name: String, acceptsMissing: Bool?
  ) {
    if acceptsMissing == true {
      guard findings.infiniteCount > 0 else { return }
      items.append(
        CheckItem(
          name,
          failed:
            "'\(dataset)' has \(Figures.grouped(findings.infiniteCount)) infinite values: mend or "
            + "remove the rows"))
      return
    }
    guard findings.notNumberCount + findings.infiniteCount > 0 else { return }
    items.append(
      CheckItem(
        name,
        failed: "'\(dataset)' has \(Figures.grouped(findings.notNumberCount)) NaN and "
          + "\(Figures.grouped(findings.infiniteCount)) infinite values, the first in row "
          + "\(findings.firstBadRow ?? 0): mend or remove the rows"
          + (findings.notNumberCount > 0 && acceptsMissing != nil
            ? ", or begin the pipeline with 'impute'" : "")))
  }

  private func words(_ findings: DataScan.Findings) -> String {
    guard let range = findings.range else { return "none" }
    let missing =
      findings.notNumberCount == 0
      ? "" : " (\(Figures.grouped(findings.notNumberCount)) missing)"
    return "\(range.lowerBound) to \(range.upperBound)\(missing)"
  }
}
