internal import Configuration
internal import Distributed
internal import Pipeline

/// The data of a job: that they are there, have the right form, and hold numbers that can be used.
struct DataCheck {
  /// What was found.
  private(set) var items: [CheckItem] = []
  /// The form of the training rows; nil when they cannot be read.
  private(set) var layout: RowLayout?
  /// The same as the network's check needs it; nil, too, where only the data tell how long rows are.
  var knownLayout: RowLayout? { isOpen ? nil : layout }
  /// Whether that depends on what stages find in the data.
  private(set) var isOpen = false
  private let pipeline: PipelineConfiguration
  /// The form of the validation rows, when they are rows of their own.
  private(set) var validationLayout: RowLayout?

  /// Opens the data sets.
  init(_ data: DataConfiguration, pipeline: PipelineConfiguration?) {
    self.pipeline = pipeline ?? PipelineConfiguration()
    layout = open(data.train, name: "data.train")
    if layout?.targetShape == nil, layout != nil {
      items.append(
        CheckItem(
          "data.train",
          failed: "no target: add the data set that the network shall learn to predict"))
    }
    switch data.validation {
    case .source(var source):
      order(&source, as: data.train)
      validationLayout = open(source, name: "data.validation")
      if let layout, let other = validationLayout,
        !isOpen && layout.featureShape != other.featureShape
          || layout.targetShape != other.targetShape
      {
        items.append(
          CheckItem(
            "data.validation",
            failed: "its rows have the shape \(other.featureShape) and targets of the shape "
              + "\(other.targetShape ?? []), but those of data.train \(layout.featureShape) and "
              + "\(layout.targetShape ?? []): name data sets of the same form"))
      }
    case .fraction(let fraction, _):
      split(data, "\(Figures.fixed(fraction * 100, 1)) % of the training rows")
    case .fold(let fold, let count, _):
      split(data, "fold \(fold) of \(count) of the training rows")
    case nil: items.append(CheckItem("data.validation", "none: epochs are not measured"))
    }
    if let stage = data.stage, layout != nil { count(data, stage) }
  }

  /// Gives rows that validate the columns of `train`, by the names of these, where they have some and no pipeline
  /// knows them.
  private func order(_ source: inout DataSource, as train: DataSource) {
    guard pipeline.table.isEmpty, pipeline.file == nil else { return }
    let targets = (try? train.open())?.targetNames ?? []
    if !targets.isEmpty { source.targetOrder = targets }
    var rows = train
    (rows.target, rows.targetParts, rows.targetColumns, rows.weights) = (nil, [], [], nil)
    let names = (try? rows.open())?.columnNames ?? []
    if !names.isEmpty { source.columnOrder = names }
  }

  /// What is copied to each node.
  private mutating func count(_ data: DataConfiguration, _ stage: DataStage) {
    do {
      let files = try data.files(stagedIn: stage.folder)
      let bytes = Figures.bytes(files.reduce(0) { $0 + $1.byteCount })
      items.append(
        CheckItem(
          "data.stage",
          "\(files.count) file(s), \(bytes), are copied to \(stage.folder) on each node"
            + (stage.keeps ? " and stay there" : "")))
    } catch { items.append(CheckItem("data.stage", failed: error)) }
  }

  /// Reads all values once: NaN, infinities, labels outside the classes.
  ///
  /// - Parameters:
  ///   - converted: The job's data.
  ///   - classCount: The number of classes when targets are class numbers.
  ///   - pipeline: Stages, of which one may fill in missing values.
  mutating func scan(
    _ converted: ConvertedJobData, classCount: Int?, pipeline: PipelineConfiguration?
  ) {
    let data = converted.data
    if layout != nil {
      scan(data.train, of: converted, name: "data.train", classCount, pipeline)
      if data.split == .stratified { countClasses(data) }
    }
    if validationLayout != nil, case .source(var source) = data.validation {
      order(&source, as: data.train)
      // Columns and classes are those of the training rows; what is wrong with these is told above.
      let known = (try? RowSources(data, self.pipeline))?.validation
      scan(source, of: converted, name: "data.validation", classCount, pipeline, as: known)
    }
  }

  /// How many classes have their shares told.
  private static let mostShares = 12

  /// What is held out of the training rows.
  private mutating func split(_ data: DataConfiguration, _ part: String) {
    switch data.split {
    case .spread: items.append(CheckItem("data.validation", part))
    case .stratified:
      items.append(CheckItem("data.validation", "\(part), of each class its share"))
    case .latest(let gap):
      guard layout != nil else { return }
      do {
        // The last rows are the same with any seed.
        let holdout = try data.holdout(of: try pipeline.prepared(data.train).open(), seed: 1)
        let rows = holdout.validation.runs[0]
        items.append(
          CheckItem(
            "data.validation",
            "\(part): rows \(rows.lowerBound) to \(rows.upperBound - 1), trained on rows 0 to "
              + "\(holdout.training.count - 1), \(gap) between them are left out"))
      } catch { items.append(CheckItem("data.validation", failed: error)) }
    }
  }

  /// The classes' shares of the rows to train on and of those that are held out.
  private mutating func countClasses(_ data: DataConfiguration) {
    do {
      // How many rows of a class a part has is the same with any seed.
      let holdout = try data.holdout(of: try pipeline.prepared(data.train).open(), seed: 1)
      let (training, validation) = (holdout.training.count, holdout.validation.count)
      func share(_ count: Int, _ whole: Int) -> String {
        "\(Figures.fixed(100 * Double(count) / Double(whole), 2)) %"
      }
      let names =
        try pipeline.prepared(data.train).targetClasses?.names ?? ClassNames.of(data.train)
      let classes = holdout.classCounts.sorted { $0.label < $1.label }
      var shares: [String] = []
      for count in classes.prefix(Self.mostShares) {
        let isNamed = names?.indices.contains(count.label) == true
        let name = isNamed ? names?[count.label] : nil
        shares.append(
          "\(name ?? "\(count.label)") \(share(count.training, training)) and "
            + share(count.validation, validation))
      }
      if classes.count > shares.count {
        shares.append("and \(Figures.grouped(classes.count - shares.count)) classes more")
      }
      items.append(
        CheckItem(
          "data.validation",
          "classes of the \(Figures.grouped(training)) rows to train on and of the "
            + "\(Figures.grouped(validation)) held out: " + shares.joined(separator: ", ")))
    } catch { items.append(CheckItem("data.validation", failed: error)) }
  }

  private mutating func open(_ source: DataSource, name: String) -> RowLayout? {
    do {
      let (layout, schema, isOpen) = try pipeline.form(of: source)
      if isOpen { self.isOpen = true }
      if let schema {
        let columns = schema.columns.prefix(12).map(\.description).joined(separator: ", ")
        items.append(
          CheckItem(
            name,
            "\(source.file): \(Figures.grouped(layout.rowCount)) rows of \(schema.columns.count) columns, "
              + "\(columns)\(schema.columns.count > 12 ? ", ..." : ""), of which pipeline.table makes "
              + (isOpen
                ? "as many numbers as the data tell" : "\(layout.featureCount) numbers")))
        return layout
      }
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
    _ source: DataSource, of converted: ConvertedJobData, name: String, _ classCount: Int?,
    _ pipeline: PipelineConfiguration?, as known: DataSource? = nil
  ) {
    let findings: DataScan
    do {
      // Cells of a table are what its stages say: they are not read here.
      let prepared = try known ?? self.pipeline.prepared(source)
      let opened = try prepared.open()
      let rows = RowSet(rowCount: opened.layout.rowCount)
      let leftOut = try prepared.leftOut(by: self.pipeline.table)
      let words = converted.numbers.words(for: leftOut, of: source)
      guard leftOut.count < rows.count else {
        items.append(
          CheckItem(
            name,
            failed:
              "no row is left of \(source.file), where \(words): mend the rows, or choose another "
              + "rule for unknown cells"))
        return
      }
      if leftOut.count > 0 {
        items.append(CheckItem(name, "\(source.file): \(words)"))
      }
      findings = try DataScan(
        opened, rows: rows.subtracting(leftOut.rows), features: self.pipeline.table.isEmpty)
    } catch {
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
        "values: "
          + (self.pipeline.table.isEmpty ? "features \(words(findings.features)), " : "")
          + "targets "
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
