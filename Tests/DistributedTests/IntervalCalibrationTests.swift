import Distributed
import NN
import Testing

@Suite("Split conformal intervals")
struct IntervalCalibrationTests {
  private func calibration(_ scores: [Float], targets: Int = 1) -> IntervalCalibration {
    IntervalCalibration(
      scores: scores, targetCount: targets, rowCount: scores.count / targets, scale: .absolute,
      source: "")
  }

  @Test("The factor is the score of rank ceil((n + 1) P), target by target")
  func ranks() {
    let nine = calibration([9, 1, 5, 3, 7, 2, 8, 4, 6])
    #expect(nine.factor(0.9, target: 0) == 9)
    #expect(nine.factor(0.89, target: 0) == 9)
    #expect(nine.factor(0.8, target: 0) == 8)
    #expect(nine.factor(0.5, target: 0) == 5)
    #expect(nine.factor(0.05, target: 0) == 1)
    #expect(nine.factor(0.91, target: 0) == nil, "ten numbers are needed")
    #expect(abs(nine.largestLevel - 0.9) < 1e-12)
    let two = calibration([1, 30, 3, 10, 2, 20], targets: 2)
    #expect(two.targetCount == 2)
    #expect(two.factor(0.5, target: 0) == 2 && two.factor(0.5, target: 1) == 20)
  }

  @Test("Of many scores a few thousand are kept, none of which makes an interval narrower")
  func compression() {
    let count = 100_000
    let many = calibration((0..<count).map { Float($0 + 1) })
    for level in [0.001, 0.5, 0.9, 0.999] {
      let exact = (Double(count + 1) * level).rounded(.up)
      let found = many.factor(level, target: 0) ?? 0
      // One in two thousand of the ranks.
      #expect(found >= exact && found <= exact + Double(count) / 2000, "\(level)")
    }
  }

  @Test("Intervals cover a new number as often as they say, whatever its distribution")
  func coverage() {
    // ceil(40 x 0.9) / 40 = 0.9 exactly; four standard errors of 4000 trials are 0.019.
    var generator = RandomGenerator(seed: 17)
    func score() -> Float {
      let normal = generator.normal()
      return Float(abs(normal * normal * normal))
    }
    var hits = 0
    for _ in 0..<4000 {
      let factor = calibration((0..<39).map { _ in score() }).factor(0.9, target: 0) ?? 0
      if Double(score()) <= factor { hits += 1 }
    }
    #expect(abs(Double(hits) / 4000 - 0.9) < 0.019, "\(hits)")
  }
}
