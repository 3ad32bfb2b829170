import Configuration
import Foundation
import TestSupport
import Testing

/// `sounder bench coordinator`: simulated groups with a real study and journal.
@Suite struct CoordinatorBenchTests {
  private func measured(_ arguments: [String]) throws -> Value {
    let run = try Program().run(["bench", "coordinator", "--json"] + arguments)
    #expect(run.status == 0, "\(run.errors)")
    return try Value(json: run.output)
  }

  @Test("every group's trials are asked for, reported and told in order")
  func countsEvents() throws {
    let figures = try measured(["--groups", "8", "--rate", "400", "--seconds", "1"])
    func count(_ name: String) throws -> Int { try #require(figures[name]?.int) }
    let (asks, reports, tells) = (try count("asks"), try count("reports"), try count("tells"))
    #expect(tells > 0)
    // Trials that began before the measurement end within it, and the other way round.
    #expect(abs(asks - tells) <= 8)
    #expect(abs(reports - 8 * tells) <= 8 * 8)
    let rate = try #require(figures["events_per_second"]?.number)
    // A loaded machine answers late, and groups wait for their answers.
    #expect(rate > 10 && rate < 450)
    #expect(try #require(figures["journal"]?.number) > 0)
  }

  @Test("a limit of trials ends the simulation before its time")
  func limit() throws {
    let figures = try measured([
      "--groups", "4", "--trial-seconds", "0.05", "--trials", "12", "--seconds", "30",
    ])
    #expect(try #require(figures["seconds"]?.number) < 10)
    // Those of before every group had a trial are not counted.
    let asks = try #require(figures["asks"]?.int)
    #expect((1...8).contains(asks))
  }
}
