/// What one rank's clock has counted, before the ranks have compared their reductions.
struct RankCount {
  var usage = RankUsage()
  var reductionSeconds = 0.0
  var reductionCount = 0
  /// The shortest reduction of a step.
  var shortestReduction = Double.infinity

  /// All as numbers that can be sent.
  private var numbers: [Double] {
    let u = usage
    return [
      u.isServer ? 1 : 0, Double(u.stepCount), Double(u.rowCount), u.seconds, u.readSeconds,
      u.computeSeconds, u.communicateSeconds, u.lockWaitSeconds, u.barrierWaitSeconds,
      u.validateSeconds, u.checkpointSeconds, u.otherSeconds, u.cpuSeconds,
      Double(u.residentByteCount), Double(u.peakByteCount), Double(u.byteCount), reductionSeconds,
      Double(reductionCount), shortestReduction, u.nodeSeconds, u.serverWaitSeconds,
    ]
  }

  private init(rank: Int, numbers n: ArraySlice<Double>) {
    let n = Array(n)
    usage.rank = rank
    usage.isServer = n[0] == 1
    (usage.stepCount, usage.rowCount, usage.seconds) = (Int(n[1]), Int(n[2]), n[3])
    (usage.readSeconds, usage.computeSeconds, usage.communicateSeconds) = (n[4], n[5], n[6])
    (usage.lockWaitSeconds, usage.barrierWaitSeconds) = (n[7], n[8])
    (usage.validateSeconds, usage.checkpointSeconds, usage.otherSeconds) = (n[9], n[10], n[11])
    usage.cpuSeconds = n[12]
    (usage.residentByteCount, usage.peakByteCount) = (Int(n[13]), Int(n[14]))
    usage.byteCount = Int(n[15])
    (reductionSeconds, reductionCount, shortestReduction) = (n[16], Int(n[17]), n[18])
    (usage.nodeSeconds, usage.serverWaitSeconds) = (n[19], n[20])
  }

  init() {}

  /// What all ranks have counted, in rank order, and the seconds of the shortest reduction.
  ///
  /// Collective over `world`; every rank gets all.
  func told(
    on world: borrowing Communicator
  ) throws(MPIError) -> (usages: [RankUsage], shortestReduction: Double) {
    let own = numbers
    let all = try world.allGather(own)
    var counts = (0..<world.size).map {
      RankCount(rank: $0, numbers: all[$0 * own.count..<($0 + 1) * own.count])
    }
    let shortest = counts.map(\.shortestReduction).min() ?? .infinity
    for index in counts.indices where counts[index].reductionCount > 0 {
      let moving = min(
        counts[index].reductionSeconds, shortest * Double(counts[index].reductionCount))
      counts[index].usage.communicateSeconds += moving
      counts[index].usage.reductionWaitSeconds = counts[index].reductionSeconds - moving
    }
    return (counts.map(\.usage), shortest)
  }
}
