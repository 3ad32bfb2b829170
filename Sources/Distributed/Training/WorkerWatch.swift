/// What rank 0 knows of each worker: when it last gave a sign of life, and whether it waits for others.
struct WorkerWatch {
  private struct Sign {
    var time: Double
    var epoch: Int
    var wait: Wait?
    var waitsSince: Double
  }
  /// How many times as long the writing of a file may take.
  static let filePatience = 10.0

  private let firstWorker: Int
  private let timeoutSeconds: Double
  private var signs: [Sign]

  /// Watches the ranks `firstWorker` to `rankCount - 1`.
  init(firstWorker: Int, rankCount: Int, epoch: Int, timeoutSeconds: Double, now: Double) {
    self.firstWorker = firstWorker
    self.timeoutSeconds = timeoutSeconds
    signs = Array(
      repeating: Sign(time: now, epoch: epoch, wait: nil, waitsSince: now),
      count: max(0, rankCount - firstWorker))
  }

  /// A worker has told of its work, or of something that ended it.
  mutating func works(_ rank: Int, epoch: Int?, now: Double) {
    guard signs.indices.contains(rank - firstWorker) else { return }
    signs[rank - firstWorker].time = now
    signs[rank - firstWorker].wait = nil
    if let epoch { signs[rank - firstWorker].epoch = epoch }
  }

  /// A worker has told that it waits.
  mutating func waits(_ rank: Int, in wait: Wait?, now: Double) {
    guard signs.indices.contains(rank - firstWorker) else { return }
    if signs[rank - firstWorker].wait == nil { signs[rank - firstWorker].waitsSince = now }
    signs[rank - firstWorker].time = now
    signs[rank - firstWorker].wait = wait
  }

  /// Everybody is taken to have given a sign now: rank 0 itself was away.
  mutating func forgive(now: Double) {
    for index in signs.indices {
      signs[index].time = now
      signs[index].waitsSince = now
    }
  }

  /// The ranks that have given a sign of life within the last few seconds.
  func responsive(now: Double) -> [Int] {
    signs.indices.filter { now - signs[$0].time < min(3, timeoutSeconds) }.map { $0 + firstWorker }
  }

  /// What hangs, in words, when a worker has been silent for too long, or all have waited for so long; nil
  /// otherwise.
  func finding(now: Double) -> String? {
    let silent = signs.indices.filter {
      // Who writes a file says nothing before it is on the disk.
      now - signs[$0].time > timeoutSeconds * (signs[$0].wait == .file ? Self.filePatience : 1)
    }
    let areAllWaiting = signs.allSatisfy {
      $0.wait != nil && $0.wait != .file && now - $0.waitsSince > timeoutSeconds
    }
    guard !silent.isEmpty || (areAllWaiting && !signs.isEmpty) else { return nil }
    let waiting = signs.indices.filter {
      !silent.contains($0) && signs[$0].wait != nil && signs[$0].wait != .file
    }
    let seconds = Int(timeoutSeconds)
    var text =
      silent.isEmpty
      ? "all workers have been waiting for each other for \(seconds) s"
      : silent.count == signs.count && signs.count > 1
        ? "no worker has given a sign of life for \(seconds) s"
        : "\(ranks(silent)) \(silent.count == 1 ? "has" : "have") given no sign of life for \(seconds) s"
          + (signs[silent[0]].epoch > 0 ? " (epoch \(signs[silent[0]].epoch))" : "")
    if !waiting.isEmpty, let wait = signs[waiting[0]].wait {
      text += silent.isEmpty ? ": " : "; "
      text += "\(ranks(waiting)) \(waiting.count == 1 ? "waits" : "wait") "
      text += silent.isEmpty ? wait.words : "for \(silent.count == 1 ? "it" : "them") \(wait.words)"
    }
    // A server behind the first one speaks to nobody but who asks it.
    if silent.isEmpty, signs.contains(where: { $0.wait == .answer }), firstWorker > 1 {
      let servers = ranks((1..<firstWorker).map { $0 - firstWorker })
      text += "; \(servers) \(firstWorker == 2 ? "serves" : "serve") beside rank 0"
    }
    return text + " (distribution.timeout): a rank or a file system hangs"
  }

  /// "rank 2", "ranks 1 and 3", "ranks 1, 2 and 5 more".
  private func ranks(_ indices: [Int]) -> String {
    let names = indices.map { "\($0 + firstWorker)" }
    switch names.count {
    case 1: return "rank \(names[0])"
    case 2...5:
      return "ranks \(names.dropLast().joined(separator: ", ")) and \(names[names.count - 1])"
    default: return "ranks \(names.prefix(4).joined(separator: ", ")) and \(names.count - 4) more"
    }
  }
}
