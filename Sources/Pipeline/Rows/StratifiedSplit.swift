extension Holdout {
  /// How many rows of a class each part has.
  public struct ClassCount: Sendable, Equatable {
    /// The class: the target's number, or the place of the one in a row of zeros.
    public let label: Int
    /// Rows to train on.
    public let training: Int
    /// Rows held out.
    public let validation: Int
  }

  /// Holds out the share `fraction` (0 < fraction < 1) of a source's rows, at least one, of each class
  /// as large a share, to one row.
  ///
  /// The processes of `crew` read the targets together, each its share of them once, and keep at most two bytes for
  /// each row of that share; the split is the same on any number of processes, and the same as that of one. Collective
  /// over `crew` and blocking.
  /// - Throws: on all processes `PipelineError` for fewer than two rows, for targets that are not classes, and where
  ///   one of them cannot read its share.
  public init(
    stratified fraction: Double, of source: any RowSource, seed: UInt64,
    with crew: any ImportCrew = LoneImporter()
  ) throws {
    precondition(fraction > 0 && fraction < 1)
    var targets = try SharedTargets(source, with: crew)
    let rowCount = targets.rowCount
    guard rowCount >= 2 else {
      throw PipelineError(
        "cannot hold out a part for validation: the data have \(rowCount) row(s); name a "
          + "validation data set, or leave validation out")
    }
    let held = min(max(1, Int((fraction * Double(rowCount)).rounded())), rowCount - 1)
    var split = StratifiedParts(source, atLeast: Self.groupCount, seed: seed)
    split.assign(split.groups.places(of: fraction), to: 0, of: 2)
    try split.count(&targets)
    split.want(share: held)
    self = try split.holdout(of: 0, &targets)
  }

  /// Holds out one of `foldCount` (2 or more) parts, each with as large a share of each class as the whole, to
  /// one row; the parts of one seed together are all rows, each once.
  ///
  /// Reads as the split of a fraction does. Collective over `crew` and blocking.
  /// - Throws: on all processes `PipelineError` where no class has as many rows as there are folds, for targets that
  ///   are not classes, and where one of them cannot read its share.
  /// - Source: scikit-learn 1.x, `StratifiedKFold`, whose folds have as many rows of each class.
  public init(
    stratifiedFold fold: Int, foldCount: Int, of source: any RowSource, seed: UInt64,
    with crew: any ImportCrew = LoneImporter()
  ) throws {
    precondition(foldCount > 1 && (0..<foldCount).contains(fold))
    var targets = try SharedTargets(source, with: crew)
    var split = StratifiedParts(source, atLeast: max(Self.groupCount, foldCount), seed: seed)
    for part in 0..<foldCount {
      split.assign(split.groups.places(of: part, foldCount), to: part, of: foldCount)
    }
    try split.count(&targets)
    try split.want(folds: targets.name)
    self = try split.holdout(of: fold, &targets)
  }
}

/// Deals rows to parts: whole groups of rows at first, as `Holdout` does, and then as few rows as need be move
/// to another part, until each has its number of rows of each class.
///
/// So both parts stream nearly as well as if nothing had been asked of the classes. Which rows of a class
/// leave a part is drawn by the seed, each with the same probability.
/// - Source: Knuth, The Art of Computer Programming 2, section 3.4.2, algorithm S (a draw of so many out
///   of so many in one pass).
private struct StratifiedParts {
  let groups: Holdout.Groups
  private let rowCount: Int
  private let blockRowCount: Int
  private let key: UInt64
  private var partCount = 0
  /// The part of each group.
  private var parts: [Int]
  private var classes = TargetClasses()
  /// Rows of class c in part p at `c * partCount + p`: what the groups bring, and what is wanted.
  private var counts: [Int] = []
  private var wanted: [Int] = []

  /// Numbers in each of the tables of classes and parts, 128 MB.
  private static let mostCounts = 1 << 24

  init(_ source: any RowSource, atLeast least: Int, seed: UInt64) {
    rowCount = source.layout.rowCount
    blockRowCount = source.layout.blockRowCount
    groups = Holdout.Groups(
      rowCount, atLeast: least, blockRowCount: blockRowCount, seed: seed)
    key = Permutation.key(seed, 0x7374_7261_7461)
    parts = [Int](repeating: 1, count: groups.count)
  }

  /// Puts the groups at `places` of the seed's order into `part`.
  mutating func assign(_ places: Range<Int>, to part: Int, of partCount: Int) {
    self.partCount = partCount
    for place in places { parts[groups.order[place]] = part }
  }

  /// Counts the rows of each class in the parts, the first pass over the targets.
  mutating func count(_ targets: inout SharedTargets) throws {
    var counts: [Int] = []
    let (parts, partCount, size, name) = (parts, partCount, groups.size, targets.name)
    try targets.forEach(&classes) { (row, index) throws(PipelineError) in
      if (index + 1) * partCount > counts.count {
        guard counts.count + partCount <= Self.mostCounts else {
          throw PipelineError(
            "\(name) has more classes than \(partCount) folds can be stratified by: ask "
              + "for fewer folds, or leave stratify out")
        }
        counts += repeatElement(0, count: partCount)
      }
      counts[index * partCount + parts[row / size]] += 1
    }
    self.counts = counts
  }

  private func total(_ index: Int) -> Int {
    counts[index * partCount..<(index + 1) * partCount].reduce(0, +)
  }

  /// Wants `held` rows in part 0, of each class its share; what does not divide goes to the largest rests.
  mutating func want(share held: Int) {
    let totals = classes.labels.indices.map(total)
    var shares = totals.map { count -> (whole: Int, rest: UInt) in
      let product = UInt(held).multipliedFullWidth(by: UInt(count))
      let (whole, rest) = UInt(rowCount).dividingFullWidth(product)
      return (Int(whole), rest)
    }
    let open = held - shares.reduce(0) { $0 + $1.whole }
    let order = shares.indices.sorted {
      (shares[$1].rest, $0) < (shares[$0].rest, $1)
    }
    for index in order.prefix(open) { shares[index].whole += 1 }
    wanted = zip(shares, totals).flatMap { [$0.whole, $1 - $0.whole] }
  }

  /// Wants folds that differ by at most one row, in all and in each class: rows sorted by class are dealt to
  /// the folds in turns.
  mutating func want(folds name: String) throws(PipelineError) {
    let totals = classes.labels.indices.map(total)
    guard let most = totals.max(), most >= partCount else {
      throw PipelineError(
        "\(name): cannot make \(partCount) stratified folds, as no class has more than "
          + "\(totals.max() ?? 0) rows: ask for fewer folds, or leave stratify out")
    }
    wanted = []
    var start = 0
    for count in totals {
      for part in 0..<partCount {
        let turn = (part - start % partCount + partCount) % partCount
        wanted.append(count / partCount + (turn < count % partCount ? 1 : 0))
      }
      start += count
    }
  }

  /// The split that holds out `held`, from the second pass over the targets.
  mutating func holdout(of held: Int, _ targets: inout SharedTargets) throws -> Holdout {
    var excess = zip(counts, wanted).map { $0 - $1 }
    var rest = counts
    var turns = [Int](repeating: 0, count: classes.labels.count)
    var training = RunList()
    var validation = RunList()
    let (key, parts, partCount, size) = (key, parts, partCount, groups.size)
    try targets.forEach(&classes) { (row, index) throws(PipelineError) in
      let own = parts[row / size]
      let place = index * partCount + own
      var part = own
      if excess[place] > 0 {
        let draw = Permutation.mix(key &+ Permutation.mix(UInt64(row))) % UInt64(rest[place])
        if draw < UInt64(excess[place]) {
          // The parts that are short of rows take them in turns.
          part = turns[index]
          repeat { part = (part + 1) % partCount } while excess[index * partCount + part] >= 0
          turns[index] = part
          excess[place] -= 1
          excess[index * partCount + part] += 1
        }
      }
      rest[place] -= 1
      if part == held { validation.append(row) } else { training.append(row) }
    }
    let shares = classes.labels.indices.map { index in
      let count = wanted[index * partCount + held]
      return Holdout.ClassCount(
        label: classes.labels[index], training: total(index) - count, validation: count)
    }
    return Holdout(
      training: RowSet(runs: training.runs), validation: RowSet(runs: validation.runs),
      blockRowCount: min(blockRowCount, groups.size), classCounts: shares)
  }
}

/// Rows in ascending order, as ranges.
private struct RunList {
  private(set) var runs: [Range<Int>] = []

  mutating func append(_ row: Int) {
    if let last = runs.last, last.upperBound == row {
      runs[runs.count - 1] = last.lowerBound..<row + 1
    } else {
      runs.append(row..<row + 1)
    }
  }
}
