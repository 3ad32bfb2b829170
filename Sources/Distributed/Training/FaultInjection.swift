private import Glibc

/// Makes one rank fail on purpose, for tests: `SOUNDER_FAULT="rank=1,step=3"`.
///
/// `kind=throw` (the default) throws an error in the given step, counted from 1 in this run;
/// `kind=kill` ends the process as `kill -9` does.
struct FaultInjection {
  private var rank = -1
  private var step = -1
  private var kills = false

  init() {
    guard let text = getenv("SOUNDER_FAULT").map({ String(cString: $0) }) else { return }
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=")
      guard pair.count == 2 else { continue }
      switch pair[0] {
      case "rank": rank = Int(pair[1]) ?? -1
      case "step": step = Int(pair[1]) ?? -1
      case "kind": kills = pair[1] == "kill"
      default: break
      }
    }
  }

  func strike(rank: Int, step: Int) throws {
    guard rank == self.rank, step == self.step else { return }
    if kills { kill(getpid(), SIGKILL) }
    throw DistributedError(
      "the fault that SOUNDER_FAULT asked for, in step \(step): unset it to train", exitCode: 70)
  }
}
