import Foundation
import HyperOpt
import TestSupport
import Testing

/// Domination and volumes, for several objectives.
@Suite struct ObjectivesTests {
  private struct Reference: Decodable {
    struct Case: Decodable {
      let points: [[Double]]
      let reference: [Double]
      let volume: Double
    }
    let cases: [Case]
  }

  @Test("volumes are those of counted cells, for two to five objectives, ties included")
  func volumes() throws {
    let reference = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: fixture("hypervolume.json")))
    for one in reference.cases {
      let volume = Hypervolume.volume(one.points, reference: one.reference)
      #expect(abs(volume - one.volume) < 1e-12, "\(one.points.count) x \(one.reference.count)")
    }
    #expect(Hypervolume.volume([], reference: [1, 1]) == 0)
  }

  @Test("the greedy subset adds the largest volume at each step")
  func subset() {
    let points = [[0.1, 0.9], [0.5, 0.5], [0.9, 0.1], [0.45, 0.6], [0.5, 0.5]]
    #expect(Hypervolume.subset(1, of: points, reference: [1, 1]) == [1])
    #expect(Set(Hypervolume.subset(3, of: points, reference: [1, 1])) == [0, 1, 2])
    #expect(Hypervolume.subset(9, of: points, reference: [1, 1]).count == 5)
  }

  @Test("ranks count fronts; infeasible points stand behind all feasible ones, by violation")
  func ranks() {
    let points: [Domination.Point] = [
      .init(losses: [1, 4]), .init(losses: [2, 2]), .init(losses: [4, 1]), .init(losses: [3, 3]),
      .init(losses: [5, 5]), .init(losses: [0, 0], violation: 2),
      .init(losses: [9, 9], violation: 1), .init(losses: [2, 2]),
    ]
    #expect(Domination.ranks(points) == [0, 0, 0, 1, 2, 4, 3, 0])
    #expect(Domination.ranks([]) == [])
  }

  @Test("crowding distance is the neighbours' distance as a share, infinite at the ends")
  func crowding() {
    let distances = Domination.crowding([[0, 4], [1, 2], [3, 1], [4, 0]])
    #expect(distances[0] == .infinity && distances[3] == .infinity)
    #expect(abs(distances[1] - (3.0 / 4 + 3.0 / 4)) < 1e-15)
    #expect(abs(distances[2] - (3.0 / 4 + 2.0 / 4)) < 1e-15)
  }
}
