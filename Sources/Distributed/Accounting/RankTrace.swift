/// The moments that one rank has kept, on their way to rank 0.
struct RankTrace {
  var steps: [TraceRecorder.Step]
  var spans: [TraceRecorder.Span]
  var samples: [TraceRecorder.Sample]
  var marks: [TraceRecorder.Mark]
  /// Of how many blocks of steps one was kept.
  var stride: Int

  static let tag = 17
  private static let headerCount = 6
  private static let widths = (step: 10, span: 3, sample: 4)

  /// What `recorder` has kept, in seconds since its origin.
  init(_ recorder: TraceRecorder) {
    let origin = recorder.origin
    steps = recorder.steps.records.map { step in
      var step = step
      step.start -= origin
      step.pull -= origin
      step.compute -= origin
      step.push -= origin
      step.end -= origin
      return step
    }
    spans = recorder.spans.records.map {
      .init(phase: $0.phase, start: $0.start - origin, end: $0.end - origin)
    }
    samples = recorder.samples.records.map {
      .init(
        time: $0.time - origin, cpuShare: $0.cpuShare, residentByteCount: $0.residentByteCount,
        staleness: $0.staleness)
    }
    marks = recorder.marks.records.map { .init(time: $0.time - origin, values: $0.values) }
    stride = recorder.steps.stride
  }

  /// Sends it to rank 0, which receives.
  func send(on world: borrowing Communicator) throws(MPIError) {
    let numbers = numbers
    try world.send([numbers.count], to: 0, tag: Self.tag)
    try world.send(numbers, to: 0, tag: Self.tag)
  }

  /// Receives what rank `source` sends; blocks until it does.
  init(from source: Int, on world: borrowing Communicator) throws(MPIError) {
    var count = [0]
    try world.receive(into: &count, from: source, tag: Self.tag)
    var numbers = [Double](repeating: 0, count: count[0])
    try world.receive(into: &numbers, from: source, tag: Self.tag)
    self.init(numbers)
  }

  private var numbers: [Double] {
    let figureCount = marks.first?.values.count ?? 0
    var numbers = [
      steps.count, spans.count, samples.count, stride, marks.count, figureCount,
    ].map(Double.init)
    for s in steps {
      numbers += [
        s.start, s.pull, s.compute, s.push, s.end, s.pullWait, s.pushWait, s.reduction,
        Double(s.rowCount), Double(s.byteCount),
      ]
    }
    for span in spans { numbers += [Double(span.phase.rawValue), span.start, span.end] }
    for sample in samples {
      numbers += [
        sample.time, sample.cpuShare, Double(sample.residentByteCount), sample.staleness,
      ]
    }
    for mark in marks { numbers += [mark.time] + mark.values }
    return numbers
  }

  private init(_ n: [Double]) {
    var place = Self.headerCount
    func records<Record>(_ count: Double, _ width: Int, _ make: (Int) -> Record) -> [Record] {
      let records = (0..<Int(count)).map { make(place + $0 * width) }
      place += Int(count) * width
      return records
    }
    steps = records(n[0], Self.widths.step) { i in
      .init(
        start: n[i], pull: n[i + 1], compute: n[i + 2], push: n[i + 3], end: n[i + 4],
        pullWait: n[i + 5], pushWait: n[i + 6], reduction: n[i + 7], rowCount: Int(n[i + 8]),
        byteCount: Int(n[i + 9]))
    }
    spans = records(n[1], Self.widths.span) { i in
      .init(phase: Phase(rawValue: Int(n[i])) ?? .other, start: n[i + 1], end: n[i + 2])
    }
    samples = records(n[2], Self.widths.sample) { i in
      .init(
        time: n[i], cpuShare: n[i + 1], residentByteCount: Int(n[i + 2]), staleness: n[i + 3])
    }
    let figureCount = Int(n[5])
    marks = records(n[4], 1 + figureCount) { i in
      .init(time: n[i], values: Array(n[(i + 1)..<(i + 1 + figureCount)]))
    }
    stride = Int(n[3])
  }
}
