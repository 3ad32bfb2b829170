/// How long slots worked, and how long they waited for a trial.
struct SlotClock {
  private var idleSince: [Int: Double]
  private(set) var busySeconds = 0.0
  private(set) var waitSeconds = 0.0

  init(_ slots: [Slot], now: Double) {
    idleSince = Dictionary(uniqueKeysWithValues: slots.map { ($0.id, now) })
  }

  /// The slots begin to work; gives the seconds that they waited, all together.
  ///
  /// Without `isNext` they had nothing to wait for, and it does not count.
  mutating func take(_ slots: [Slot], now: Double, isNext: Bool = true) -> Double {
    var waited = 0.0
    for slot in slots {
      if let since = idleSince.removeValue(forKey: slot.id) { waited += now - since }
    }
    guard isNext else { return 0 }
    waitSeconds += waited
    return waited
  }

  /// The slots have worked since `start` and are idle from now on.
  mutating func release(_ slots: [Slot], since start: Double, now: Double) {
    busySeconds += (now - start) * Double(slots.count)
    for slot in slots { idleSince[slot.id] = now }
  }

  /// Waiting as a share of waiting and working.
  var waitShare: Double {
    let total = busySeconds + waitSeconds
    return total > 0 ? waitSeconds / total : 0
  }
}
