import Distributed
import Foundation
import TestSupport
import Testing

/// What is said of workers that share cores.
@Suite("Workers and cores", .serialized)
struct NodeCoresTests {
  /// The remark on nodes with so many workers and cores, four ranks to each.
  private func remark(_ nodes: [(workers: Int, cores: Int)]) -> String? {
    NodeCores(
      nodes: nodes.enumerated().map {
        NodeCores.Node(
          firstRank: 4 * $0.offset, workerCount: $0.element.workers, coreCount: $0.element.cores)
      }
    ).remark
  }

  @Test("two workers to a core are no matter, and neither is what the system does not say")
  func few() {
    #expect(remark([(1, 1)]) == nil)
    #expect(remark([(4, 2)]) == nil)
    #expect(remark([(64, 0), (4, 2)]) == nil)
  }

  @Test("the node with the most workers to a core is named")
  func many() throws {
    let one = try #require(remark([(63, 2)]))
    #expect(one.contains("this node has 63 workers on 2 cores"), "\(one)")
    #expect(one.contains("--ranks 3 on one node"), "\(one)")
    let second = try #require(remark([(4, 2), (5, 1)]))
    #expect(second.contains(": the node of rank 4 has 5 workers on 1 core, "), "\(second)")
    let both = try #require(remark([(5, 2), (9, 2), (2, 2)]))
    #expect(
      both.contains("2 nodes are crowded: the node of rank 4 has 9 workers on 2 cores"), "\(both)")
  }

  @Test("a training and a check say it once, of the cores that the ranks may use")
  func ranks() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let taskset = Program("/usr/bin/taskset")
      // `pid 7's current affinity list: 0,1`
      let own = try taskset.run(["-pc", "\(getpid())"])
      let list = try #require(own.output.split(separator: " ").last)
      let core = String(list.prefix(while: \.isNumber))
      // Rank 0 only serves: two workers share the core, or three.
      for ranks in [3, 4] {
        let run = try taskset.run(
          [
            "-c", core, Program().path, "train", job.file, "--ranks", "\(ranks)", "--overwrite",
            "--set", "training.epochs=1",
          ], timeoutSeconds: 120)
        #expect(run.status == 0, "\(run.status) \(run.errors)")
        let count = run.errors.components(separatedBy: "far more workers than cores: ").count - 1
        #expect(count == (ranks == 4 ? 1 : 0), "\(ranks) ranks: \(run.errors)")
        if ranks == 4 {
          #expect(run.errors.contains("this node has 3 workers on 1 core, "), "\(run.errors)")
        }
      }
      let check = try taskset.run(
        ["-c", core, Program().path, "check", job.file], ranks: 4, timeoutSeconds: 120)
      #expect(check.output.contains("3 workers on 1 core"), "\(check.output) \(check.errors)")
    }
  }
}
