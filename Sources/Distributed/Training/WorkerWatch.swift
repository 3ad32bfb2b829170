/// What rank 0 knows of each worker: when it last gave a sign of life, and whether it waits for others.
package struct WorkerWatch {
  private struct Sign {
    var time: Double
    var epoch: Int
    var wait: Wait?
    var waitsSince: Double
  }
  /// How many times as long the writing of a file may take.
  package static let filePatience = 10.0

  /// After how many seconds without a sign of rank 0 a worker gives up, where `distribution.timeout` is
  /// `timeoutSeconds`: later than rank 0, which knows who is silent, would have of it.
  ///
  /// Where the connection between them is cut both are there, and rank 0 needs time for a checkpoint.
  package static func serverTimeoutSeconds(_ timeoutSeconds: Double) -> Double {
    timeoutSeconds + min(15, max(2, timeoutSeconds / 2))
  }

  /// The same in words: `6 s (distribution.timeout is 4 s)`.
  package static func serverWait(_ timeoutSeconds: Double) -> String {
    "\(Int(serverTimeoutSeconds(timeoutSeconds))) s (distribution.timeout is \(Int(timeoutSeconds)) s)"
  }

  private let firstWorker: Int
  private let timeoutSeconds: Double
  private var signs: [Sign]

  /// Watches the ranks `firstWorker` to `rankCount - 1`.
  package init(firstWorker: Int, rankCount: Int, epoch: Int, timeoutSeconds: Double, now: Double) {
    self.firstWorker = firstWorker
    self.timeoutSeconds = timeoutSeconds
    signs = Array(
      repeating: Sign(time: now, epoch: epoch, wait: nil, waitsSince: now),
      count: max(0, rankCount - firstWorker))
  }

  /// A worker has told of its work, or of something that ended it.
  package mutating func works(_ rank: Int, epoch: Int?, now: Double) {
    guard signs.indices.contains(rank - firstWorker) else { return }
    signs[rank - firstWorker].time = now
    signs[rank - firstWorker].wait = nil
    if let epoch { signs[rank - firstWorker].epoch = epoch }
  }

  /// A worker has told that it waits.
  package mutating func waits(_ rank: Int, in wait: Wait?, now: Double) {
    guard signs.indices.contains(rank - firstWorker) else { return }
    if signs[rank - firstWorker].wait == nil { signs[rank - firstWorker].waitsSince = now }
    signs[rank - firstWorker].time = now
    signs[rank - firstWorker].wait = wait
  }

  /// Everybody is taken to have given a sign now: rank 0 itself was away.
  package mutating func forgive(now: Double) {
    for index in signs.indices {
      signs[index].time = now
      signs[index].waitsSince = now
    }
  }

  /// The ranks that have given a sign of life within the last few seconds.
  package func responsive(now: Double) -> [Int] {
    signs.indices.filter { now - signs[$0].time < min(3, timeoutSeconds) }.map { $0 + firstWorker }
  }

  /// What hangs, in words, when a worker has been silent for too long, or all have waited for so long; nil
  /// otherwise.
  package func finding(now: Double) -> String? {
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
    let isForAnswers = waiting.contains { signs[$0].wait == .answer }
    var text =
      silent.isEmpty
      ? "all workers have been waiting\(isForAnswers ? "" : " for each other") for \(seconds) s"
      : silent.count == signs.count && signs.count > 1
        ? "no worker has given a sign of life for \(seconds) s"
        : "\(ranks(silent)) \(silent.count == 1 ? "has" : "have") given no sign of life for \(seconds) s"
          + (signs[silent[0]].epoch > 0 ? " (epoch \(signs[silent[0]].epoch))" : "")
    if !waiting.isEmpty { text += (silent.isEmpty ? ": " : "; ") + waits(of: waiting, for: silent) }
    // A server behind the first one speaks to nobody but who asks it.
    if silent.isEmpty, signs.contains(where: { $0.wait == .answer }), firstWorker > 1 {
      let servers = ranks((1..<firstWorker).map { $0 - firstWorker })
      text += "; \(servers) \(firstWorker == 2 ? "serves" : "serve") beside rank 0"
    }
    return text + " (distribution.timeout): a rank or a file system hangs"
  }

  /// What each of the ranks waits in: "rank 1 waits in a barrier, ranks 3 and 4 wait for a server's answer".
  ///
  /// Those of `silent` are named as what is waited for where only one sort of wait can be for them: ranks in a
  /// reduction may wait for those in a barrier, and a server's answer comes from no worker.
  private func waits(of waiting: [Int], for silent: [Int]) -> String {
    let kinds = Set(waiting.compactMap { signs[$0].wait }).sorted { $0.rawValue < $1.rawValue }
    let isForSilent = !silent.isEmpty && kinds.filter { $0 != .answer }.count == 1
    return kinds.map { kind in
      let members = waiting.filter { signs[$0].wait == kind }
      let whom = isForSilent && kind != .answer ? silent.count == 1 ? "for it " : "for them " : ""
      return "\(ranks(members)) \(members.count == 1 ? "waits" : "wait") \(whom)\(kind.words)"
    }.joined(separator: ", ")
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
