private import Foundation

/// Wilcoxon's signed-rank statistic of paired differences.
///
/// Ranks of |d| are averaged over ties; the ranks of zeros count half for either side (`zsplit`).
struct SignedRank {
  /// Twice the rank of each difference that is not zero, whole because ties average to halves.
  private var doubledRanks: [Int] = []
  /// Twice the sum of the ranks of positive differences, zeros left out.
  private var doubledPositive = 0
  private let count: Int
  /// The sum of t^3 - t over groups of t equal ranks.
  private var tieTerm = 0.0
  private let zeroCount: Int

  init(_ differences: [Double]) {
    count = differences.count
    zeroCount = differences.count { $0 == 0 }
    let sorted = differences.sorted { abs($0) < abs($1) }
    var start = 0
    while start < sorted.count {
      var end = start
      while end < sorted.count, abs(sorted[end]) == abs(sorted[start]) { end += 1 }
      // The mean of ranks start+1 ... end, doubled.
      let doubled = start + 1 + end
      let size = Double(end - start)
      if sorted[start] != 0 {
        tieTerm += size * size * size - size
        for difference in sorted[start..<end] {
          doubledRanks.append(doubled)
          if difference > 0 { doubledPositive += doubled }
        }
      }
      start = end
    }
  }

  /// The probability of a sum of positive ranks at least this large when signs are fair coins.
  ///
  /// Exact up to 50 differences, by counting sums; beyond that the normal approximation with the
  /// correction for ties.
  var pValueGreater: Double {
    if doubledRanks.isEmpty { return 1 }
    return count <= 50 ? exact : normal
  }

  private var exact: Double {
    let total = doubledRanks.reduce(0, +)
    var ways = [Double](repeating: 0, count: total + 1)
    ways[0] = 1
    var reached = 0
    for rank in doubledRanks {
      for sum in stride(from: reached, through: 0, by: -1) where ways[sum] > 0 {
        ways[sum + rank] += ways[sum] / 2
        ways[sum] /= 2
      }
      reached += rank
    }
    return min(1, ways[doubledPositive...].reduce(0, +))
  }

  private var normal: Double {
    let n = Double(count)
    let zeros = Double(zeroCount)
    // The zeros' ranks 1...z, half of them on either side.
    let positive = Double(doubledPositive) / 2 + zeros * (zeros + 1) / 4
    let mean = n * (n + 1) / 4
    let squares = n * (n + 1) * (2 * n + 1) - zeros * (zeros + 1) * (2 * zeros + 1)
    let deviation = ((squares - tieTerm / 2) / 24).squareRoot()
    guard deviation > 0 else { return 1 }
    return 0.5 * erfc((positive - mean) / deviation / 2.0.squareRoot())
  }
}
