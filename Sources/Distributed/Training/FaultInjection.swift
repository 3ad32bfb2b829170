private import Glibc

/// Makes one rank fail on purpose, for tests: `SOUNDER_FAULT="rank=1,step=3"`.
///
/// Steps are counted from 1 in each run; the fault comes between a worker's reading of the parameters and
/// its computing. `kind=throw` (the default) throws an error, `kind=kill` ends the process as `kill -9`
/// does, `kind=stop` stops it as `kill -STOP` does, `kind=pause` makes it sleep for 0.3 s, `kind=signal`
/// sends it SIGUSR1 and slows its steps down, so that the stop comes before the end of a small epoch.
struct FaultInjection {
  private var rank = -1
  private var step = -1
  private var kind = "throw"

  init() {
    guard let text = getenv("SOUNDER_FAULT").map({ String(cString: $0) }) else { return }
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=")
      guard pair.count == 2 else { continue }
      switch pair[0] {
      case "rank": rank = Int(pair[1]) ?? -1
      case "step": step = Int(pair[1]) ?? -1
      case "kind": kind = String(pair[1])
      default: break
      }
    }
  }

  func strike(rank: Int, step: Int) throws {
    guard rank == self.rank, step >= self.step, self.step > 0 else { return }
    if kind == "signal" { Clock.sleep(seconds: 0.01) }
    guard step == self.step else { return }
    switch kind {
    case "kill": kill(getpid(), SIGKILL)
    case "signal": kill(getpid(), SIGUSR1)
    case "pause": Clock.sleep(seconds: 0.3)
    case "stop": kill(getpid(), SIGSTOP)
    default:
      throw DistributedError(
        "the fault that SOUNDER_FAULT asked for, in step \(step): unset it to train",
        exitCode: 70)
    }
  }
}
