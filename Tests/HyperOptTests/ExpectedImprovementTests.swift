import HyperOpt
import Testing

/// The scalar functions of the acquisition against 600-digit arithmetic (Tests/Reference/log_ei.py).
@Suite struct ExpectedImprovementTests {
  private static let table: [(z: Double, logH: Double, ratio: Double, logMass: Double)] = [
    (8, 2.0794415416798359, 0.12499999999999992, -6.2209605742717861e-16),
    (2, 0.69738354578822831, 0.48655931878528387, -0.023012909328963488),
    (0.5, -0.35982768374506382, 0.99092271800410996, -0.36894641528865639),
    (0, -0.91893853320467274, 1.2533141373155003, -0.69314718055994531),
    (-0.5, -1.6205162643873199, 1.5598731483480797, -1.1759117615936186),
    (-0.999, -2.4832171154475854, 1.9035493173589594, -1.8394969101647779),
    (-1.001, -2.4870256579553894, 1.9049932727342131, -1.8425471807560769),
    (-3, -7.8696860596030285, 3.5323375176251605, -6.6077262215103495),
    (-5.6, -20.131210764052015, 5.9288559473120643, -18.351379495909334),
    (-12, -77.909100545007348, 12.16335257158574, -75.410673001568796),
    (-37, -692.64296016327041, 37.053936202404203, -689.03058557689059),
    (-59.9, -1803.1101268473995, 59.933361118820729, -1799.0168935504236),
    (-60.1, -1815.1167879754257, 60.133250284284537, -1811.020225037548),
    (-200, -20011.515648259739, 200.00999925013122, -20006.21728089819),
    (-1000, -500014.73445209116, 1000.001999994, -500007.82669481218),
  ]

  @Test("log EI and its slope are exact to twelve digits, far into the tail")
  func logH() {
    for row in Self.table {
      let (logH, ratio) = ExpectedImprovement.logHAndRatio(row.z)
      #expect(abs(logH - row.logH) <= 1e-12 * max(1, abs(row.logH)), "log h(\(row.z)) = \(logH)")
      #expect(abs(ratio - row.ratio) <= 1e-10 * row.ratio, "ratio(\(row.z)) = \(ratio)")
      let logMass = ExpectedImprovement.logProbability(row.z).log
      #expect(abs(logMass - row.logMass) <= 1e-13 * max(1, abs(row.logMass)))
    }
  }

  @Test("log EI falls without a jump where its formula changes")
  func joints() {
    for z in [-1.0, -60.0] {
      let above = ExpectedImprovement.logH(z + 1e-9)
      let below = ExpectedImprovement.logH(z - 1e-9)
      // The slope times the gap, and rounding of the value itself.
      let expected = 2e-9 * ExpectedImprovement.logHAndRatio(z).ratio
      #expect(abs(above - below - expected) < 1e-12 * max(1, abs(above)))
    }
  }

  @Test("normal quantiles are exact to ten digits")
  func quantiles() {
    let table: [(Double, Double)] = [
      (1e-9, -5.9978070150076869),
      (0.001, -3.0902323061678135),
      (0.02, -2.0537489106318231),
      (0.3, -0.52440051270804078),
      (0.5, 0.0),
      (0.977, 1.9953933101678248),
      (0.99999, 4.2648907939228246),
    ]
    for (p, quantile) in table {
      #expect(abs(ExpectedImprovement.normalQuantile(p) - quantile) < 1e-10)
    }
  }
}
