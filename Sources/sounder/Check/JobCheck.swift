private import Configuration
internal import Distributed
internal import HyperOpt
internal import NN
private import Pipeline

/// Everything about a job that can be known without training it: job file, search, data, network, outputs.
struct JobCheck {
  private let file: JobFile
  private let path: String
  private let rankCount: Int
  /// Whether the data's values are left unread: no search for NaN and labels out of range, and of CSV the first
  /// lines alone.
  var isQuick = false
  /// Whether another machine is to train, so that this one's memory says nothing.
  var isForElsewhere = false

  /// The network, where it can be made.
  private(set) var network: Network?
  /// What a step takes, where it is looked at.
  private(set) var memory: StepMemory?
  /// The search's space, where there is one.
  private(set) var space: SearchSpace?

  /// Prepares the check of the job at `path` for so many ranks.
  init(_ file: JobFile, path: String, rankCount: Int) {
    self.file = file
    self.path = path
    self.rankCount = rankCount
  }

  /// Checks, and tells of one item after the other.
  mutating func run(_ show: (CheckItem) -> Void) {
    let search = SearchCheck(file.value, rankCount: rankCount)
    for item in search?.items ?? [] { show(item) }
    space = search?.job?.space
    if let search, search.value == nil { return }
    let job = JobSections(search?.value ?? file.value)
    for item in job.failures { show(item) }
    if job.failures.isEmpty { show(CheckItem("job file", path)) }
    var items: [CheckItem] = []
    let header =
      isQuick
      ? job.data.flatMap { HeaderCheck($0, pipeline: job.pipeline ?? PipelineConfiguration()) }
      : nil
    items += header?.items ?? []
    let converted = header == nil ? convert(job, &items) : nil
    defer { converted?.remove() }
    for item in items { show(item) }
    let configuration = converted?.data
    func shown(_ item: CheckItem) {
      var item = item
      item.text = converted?.named(item.text) ?? item.text
      show(item)
    }
    var data = configuration.map { DataCheck($0, pipeline: job.pipeline) }
    let readable = configuration.map { job.reading($0) } ?? job
    let network = NetworkCheck(
      readable, layout: header?.layout ?? data?.knownLayout, isUnread: header != nil)
    self.network = network.network
    let count = data?.items.count ?? 0
    for item in data?.items ?? [] { shown(item) }
    if !isQuick, let converted {
      data?.scan(converted, classCount: network.classCount, pipeline: job.pipeline)
      for item in (data?.items ?? []).dropFirst(count) { shown(item) }
    }
    for item in network.items { shown(item) }
    if data?.isOpen == true, job.network != nil, network.network == nil, network.items.isEmpty {
      show(
        CheckItem(
          "network",
          note: "not looked at, nor the loss: pipeline.table makes as many numbers as the data tell"
        ))
    }
    for item in search?.survey(layout: data?.knownLayout) ?? [] { show(item) }
    let epoch = EpochCheck(
      readable, layout: data?.layout,
      workerCount: max(1, (search?.job.map(\.fewestRanks) ?? rankCount) - 1))
    for item in epoch.items { show(item) }
    if !isForElsewhere, let network = network.network {
      let machine = MachineCheck.memory(network, job, epoch.training)
      memory = machine.step
      for item in machine.items { show(item) }
    }
    let output = MachineCheck.output(
      job, network.network, whole: job.whole, data: configuration, jobPath: path)
    for item in output { show(item) }
  }

  /// The data, those converted that are no HDF5; nil where that fails, which `items` then tell.
  private func convert(_ job: JobSections, _ items: inout [CheckItem]) -> ConvertedJobData? {
    guard let data = job.data else { return nil }
    do {
      let converted = try ConvertedJobData(
        data, for: job.pipeline ?? PipelineConfiguration(),
        beside: RawOptions.temporaryPlace, with: LoneImporter())
      for line in [converted.line].compactMap({ $0 }) + converted.remarks {
        items.append(CheckItem("data", line))
      }
      return converted
    } catch {
      items.append(CheckItem("data", failed: error))
      return nil
    }
  }
}
