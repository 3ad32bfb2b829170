import Distributed
import Testing
import sounder

@Suite("A launcher's remarks")
struct LauncherRemarksTests {
  /// What passes, and what is left of it all, when `text` arrives in pieces of `step` bytes.
  private func filtered(_ text: String, step: Int) -> (shown: String, filter: LauncherRemarks) {
    var filter = LauncherRemarks()
    var shown: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      shown += filter.filter(rest.prefix(step))
      rest = rest.dropFirst(step)
    }
    shown += filter.finish()
    return (String(decoding: shown, as: UTF8.self), filter)
  }

  private static let dashes = String(repeating: "-", count: 74)

  private static let openMPI = """
    epoch 1/2  loss 0.5
    sounder: error: rank 1: a.h5: not there
    \(dashes)
    MPI_ABORT was invoked on rank 1 in communicator MPI_COMM_WORLD
    with errorcode 66.

    NOTE: invoking MPI_ABORT causes Open MPI to kill all MPI processes.
    \(dashes)
    [node01:15211] 1 more process has sent help message help-mpi-api.txt / mpi-abort
    [a note of our own]
    - a list

    """

  @Test("Open MPI's blocks are kept aside, everything else passes", arguments: [1, 3, 1000])
  func blocks(step: Int) {
    let (shown, filter) = filtered(Self.openMPI, step: step)
    #expect(
      shown == """
        epoch 1/2  loss 0.5
        sounder: error: rank 1: a.h5: not there
        [a note of our own]
        - a list

        """)
    #expect(filter.ranksHaveSpoken)
    #expect(filter.reason == nil)
    #expect(filter.spoken == "rank 1: a.h5: not there")
  }

  @Test("a line that cannot be a remark passes before it ends")
  func progressBar() {
    var filter = LauncherRemarks()
    let bar = Array("epoch 1/3  ####....  loss 0.4\u{1b}[K\r".utf8)
    #expect(filter.filter(bar) == bar)
    #expect(filter.filter("epoch 1/3  #".utf8) == Array("epoch 1/3  #".utf8))
  }

  @Test("an error line takes the progress bar away")
  func errorBehindBar() {
    let (shown, filter) = filtered("long bar\rsounder: error: no\n", step: 4)
    #expect(shown == "long bar\r\u{1b}[Ksounder: error: no\n")
    #expect(filter.ranksHaveSpoken)
  }

  @Test("a block behind a progress bar is found")
  func blockBehindBar() {
    let (shown, filter) = filtered("bar\r\(Self.dashes)\nPrimary job\n\(Self.dashes)\nend", step: 7)
    #expect(shown == "bar\rend")
    #expect(!filter.ranksHaveSpoken)
  }

  @Test("a killed rank leaves its signal as the reason")
  func signal() {
    let text = """
      \(Self.dashes)
      Primary job  terminated normally, but 1 process returned
      a non-zero exit code. Per user-direction, the job has been aborted.
      \(Self.dashes)
      \(Self.dashes)
      mpirun noticed that process rank 1 with PID 0 on node vm exited on signal 9 (Killed).
      \(Self.dashes)
      """
    let (shown, filter) = filtered(text, step: 11)
    #expect(shown.isEmpty)
    #expect(
      filter.reason
        == "mpirun noticed that process rank 1 with PID 0 on node vm exited on signal 9 (Killed).")
  }

  @Test("an unknown block is the reason when nobody else gave one")
  func unknownBlock() {
    let text = """
      \(Self.dashes)
      There are not enough slots available in the system to satisfy the 999
      slots that were requested by the application:

        sounder
      \(Self.dashes)

      """
    let (shown, filter) = filtered(text, step: 5)
    #expect(shown.isEmpty)
    #expect(filter.reason?.hasPrefix("There are not enough slots available in the system") == true)
  }

  @Test("the exit code that rank 0 tells of is kept, and not shown", arguments: [1, 4, 1000])
  func code(step: Int) {
    let (shown, filter) = filtered(
      "epoch 1\n" + LauncherRemarks.line(code: 75) + "sounder: exit code of mine\n", step: step)
    #expect(shown == "epoch 1\nsounder: exit code of mine\n")
    #expect(filter.code == 75 && !filter.ranksHaveSpoken && filter.remarks.isEmpty)
    #expect(filtered("sounder: error: rank 0: no\n", step: step).filter.code == nil)
  }

  @Test("MPICH's block and its abort lines are kept aside")
  func hydra() {
    let frame = String(repeating: "=", count: 83)
    let text = """
      Abort(65) on node 1 (rank 1 in comm 0): application called MPI_Abort(MPI_COMM_WORLD, 65)
      result
      \(frame)
      =   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
      =   EXIT CODE: 9
      \(frame)
      YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)
      This typically refers to a problem with your application.
      Please see the FAQ page for debugging suggestions

      """
    let (shown, filter) = filtered(text, step: 13)
    #expect(shown == "result\n")
    #expect(filter.reason == "YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)")
  }

  @Test(
    "the ranks get the command line without what is for their launcher",
    arguments: [
      (["train", "a.yaml", "--ranks", "3"], ["train", "a.yaml"]),
      (["train", "--ranks=3", "a.yaml", "--json"], ["train", "a.yaml", "--json"]),
      (["train", "--", "--ranks", "3"], ["train", "--", "--ranks", "3"]),
      (["train", "--ranks"], ["train"]),
      (["train", "--max-restarts", "3", "a.yaml", "--max-restarts=3"], ["train", "a.yaml"]),
      (["train", "--hostfile", "h", "a.yaml", "--hostfile=h", "--ranks=3"], ["train", "a.yaml"]),
    ])
  func arguments(given: [String], expected: [String]) {
    #expect(Launcher.withoutRanks(given) == expected)
  }
}
