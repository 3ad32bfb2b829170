import HDF5

extension FittedTable {
  /// Writes the columns, and each stage into a group of its own: `00_index`, with what the stage knows in the
  /// group `fitted` there.
  func write(to group: borrowing Group) throws(HDF5Error) {
    try Self.write(schema.columns.map(\.name), schema.columns.map(\.kind), to: group)
    for (index, step) in steps.enumerated() {
      let number = String(index)
      let prefix = String(repeating: "0", count: max(0, 2 - number.count)) + number
      let inner = try group.createGroup("\(prefix)_\(step.name)")
      try inner.writeAttribute("stage", step.name)
      try inner.writeAttribute("index", index)
      try inner.writeWholes("reads", step.step.reads)
      try Self.write(
        step.step.results.map(\.name), step.step.made, to: inner)
      // A column that is kept by its place, the k-th that is made as -1 - k.
      try inner.writeWholes(
        "origins",
        step.step.results.map { result in
          switch result.origin {
          case .kept(let place): place
          case .made(let place): -1 - place
          }
        })
      if let stage = step.stage { try stage.write(to: try inner.createGroup("fitted")) }
    }
  }

  /// Names of columns, and how many numbers columns have in a row, 0 for texts.
  private static func write(
    _ names: [String], _ kinds: [ColumnKind], to group: borrowing Group
  ) throws(HDF5Error) {
    try group.writeTexts("names", TextRows(names))
    try group.writeWholes("widths", kinds.map { $0.width ?? 0 })
  }

  /// Reads what `write(to:)` has written.
  ///
  /// - Throws: `PipelineError` for a stage that is not known, or damage.
  convenience init(from group: borrowing Group) throws(PipelineError) {
    let place = group.place
    let names = try group.readTexts("names")
    let kinds = try Self.kinds(from: group)
    guard names.count == kinds.count else { throw Self.damaged(place) }
    let schema = try Schema(
      kinds.indices.map { Column(names.text($0), kinds[$0]) }, of: place)
    var found: [(index: Int, name: String)] = []
    for name in group.childNames() where group.kind(of: name) == .group {
      do { found.append((try group.group(name).intAttribute("index"), name)) } catch {
        throw PipelineError(error)
      }
    }
    found.sort { $0.index < $1.index }
    var current = schema
    var steps: [Step] = []
    for (index, entry) in found.enumerated() {
      guard entry.index == index else { throw Self.damaged(place) }
      let step = try Self.step(entry.name, in: group, behind: current)
      current = try step.step.schema(behind: current, stage: step.name)
      steps.append(step)
    }
    try self.init(schema: schema, steps: steps)
  }

  private static func step(
    _ name: String, in group: borrowing Group, behind schema: Schema
  ) throws(PipelineError) -> Step {
    let inner = try open(name, in: group)
    let stage: String
    do { stage = try inner.stringAttribute("stage") } catch { throw PipelineError(error) }
    let names = try inner.readTexts("names")
    let origins = try inner.readWholes("origins")
    let made = try kinds(from: inner)
    guard origins.count == names.count else { throw damaged(inner.place) }
    let step = TableStep(
      reads: try inner.readWholes("reads"), made: made,
      results: origins.indices.map {
        .init(names.text($0), origins[$0] < 0 ? .made(-1 - origins[$0]) : .kept(origins[$0]))
      })
    guard step.fits(schema) else { throw damaged(inner.place) }
    guard !made.isEmpty else { return Step(name: stage, step: step, stage: nil) }
    let fitted = try TableStageRegistry.fitted(
      stage, from: try open("fitted", in: inner), columns: step.reads.map { schema.columns[$0] })
    guard fitted.made == made else { throw damaged(inner.place) }
    return Step(name: stage, step: step, stage: fitted)
  }

  private static func open(
    _ name: String, in group: borrowing Group
  ) throws(PipelineError) -> Group {
    do { return try group.group(name) } catch { throw PipelineError(error) }
  }

  private static func kinds(from group: borrowing Group) throws(PipelineError) -> [ColumnKind] {
    let place = group.place
    return try group.readWholes("widths").map { (width) throws(PipelineError) in
      guard (0...Int(Int32.max)).contains(width) else { throw damaged(place) }
      return width == 0 ? .text : .number(width: width)
    }
  }

  private static func damaged(_ place: String) -> PipelineError {
    PipelineError(
      "\(place): the stages of the table do not fit each other: the model file is damaged, write it "
        + "again")
  }
}
