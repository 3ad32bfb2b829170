private import Distributed
private import FoundationEssentials
private import Synchronization

/// How long the Slurm job that this process belongs to may still run.
public enum RemainingTime {
  /// Seconds until the job's end; nil outside of a job, and for one without a limit.
  ///
  /// Slurm is asked once, and again after a minute, because an administrator may move the end. Asking
  /// takes some milliseconds.
  public static func now() -> Double? {
    let time = Date().timeIntervalSince1970
    return known.withLock { known in
      if let asked = known.asked, time - asked < 60 { return known.end.map { $0 - time } }
      known.asked = time
      known.end = ask(ProcessInfo.processInfo.environment, time)
      return known.end.map { $0 - time }
    }
  }

  private static let known = Mutex((asked: Double?.none, end: Double?.none))

  private static func ask(_ environment: [String: String], _ time: Double) -> Double? {
    guard let job = environment["SLURM_JOB_ID"] else { return nil }
    if let path = InstalledLauncher.find("squeue"),
      let text = try? ChildProcess.output(of: [path, "-h", "-j", job, "-o", "%L"]),
      let seconds = seconds(text)
    {
      return time + seconds
    }
    return environment["SLURM_JOB_END_TIME"].flatMap { Double($0) }
  }

  /// Slurm's `1-02:03:04`, `02:03:04`, `03:04` in seconds; nil for `UNLIMITED` and anything else.
  package static func seconds(_ text: String) -> Double? {
    let word = text.split { $0.isWhitespace }.first ?? ""
    let parts = word.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count) else { return nil }
    var seconds = 0.0
    for part in parts[parts.count - 1].split(separator: ":", omittingEmptySubsequences: false) {
      guard let number = Int(part), number >= 0 else { return nil }
      seconds = seconds * 60 + Double(number)
    }
    guard parts.count == 2 else { return seconds }
    guard let days = Int(parts[0]), days >= 0 else { return nil }
    return seconds + Double(days) * 86400
  }
}
