private import Glibc

/// How many positives and negatives had which score: 2^16 bins over 0...1, whose counts merge by
/// addition, and the areas under two curves.
///
/// Bin b holds the scores in [b, b + 1) / 65536, the last one 1 as well. A curve's points at the
/// edges of bins are exact; what is unknown is the order within a bin. See `errorBound`.
package struct ScoreHistogram {
  /// The curve whose area is taken.
  package enum Curve: Sendable {
    /// True positive rate over false positive rate: the probability that a positive has the higher
    /// score, equal ones counting half (scores of one bin count as equal).
    case receiverOperating
    /// Precision over recall, interpolated between edges as in Keras' `AUC(curve="PR")`: Davis and
    /// Goadrich (2006), https://doi.org/10.1145/1143844.1143874.
    case precisionRecall
  }

  /// The bins.
  package static let binCount = 1 << 16
  /// The doubles of a histogram: the positives' counts, then the negatives'.
  package static let sumCount = 2 * binCount

  private let positives: UnsafePointer<Double>
  private let negatives: UnsafePointer<Double>

  /// Looks at `sumCount` doubles.
  package init(_ sums: UnsafePointer<Double>) {
    positives = sums
    negatives = sums + Self.binCount
  }

  /// Counts one score.
  ///
  /// What is not a number is taken for the worst score: the lowest of a positive, the highest of a
  /// negative.
  @inline(__always)
  static func add(
    _ score: Float, isPositive: Bool, weight: Double, to sums: UnsafeMutablePointer<Double>
  ) {
    let place = score * Float(binCount)
    let bin =
      place == place
      ? Int(min(max(place, 0), Float(binCount - 1))) : (isPositive ? 0 : binCount - 1)
    sums[isPositive ? bin : binCount + bin] += weight
  }

  /// The area under `curve`; not a number without positives, or (receiver operating) negatives.
  package func area(_ curve: Curve) -> Double {
    curve == .receiverOperating ? receiverOperatingArea.area : precisionRecallArea.area
  }

  /// How far the area is at most from that of the exact scores, given the counts.
  ///
  /// Receiver operating: all pairs within one bin, half of which are taken for right, over all
  /// pairs: sum n+ n- / (2 N+ N-). Precision and recall: each bin's part of the recall times the
  /// distance between the highest precision its order could give (positives first) and the lowest.
  package func errorBound(_ curve: Curve) -> Double {
    curve == .receiverOperating ? receiverOperatingArea.error : precisionRecallArea.error
  }

  private var receiverOperatingArea: (area: Double, error: Double) {
    var right = 0.0, ties = 0.0, below = 0.0, total = 0.0
    for bin in 0..<Self.binCount {
      right += positives[bin] * below
      ties += positives[bin] * negatives[bin]
      below += negatives[bin]
      total += positives[bin]
    }
    let pairs = total * below
    return pairs == 0 ? (.nan, .nan) : ((right + ties / 2) / pairs, ties / 2 / pairs)
  }

  private var precisionRecallArea: (area: Double, error: Double) {
    // From the highest score down: true and false positives so far.
    var right = 0.0, wrong = 0.0, area = 0.0, error = 0.0
    for bin in stride(from: Self.binCount - 1, through: 0, by: -1) {
      let more = positives[bin], others = negatives[bin]
      if more > 0 {
        // Along the bin, true positives grow linearly with all predicted ones: Davis and Goadrich.
        let before = right + wrong, after = before + more + others
        let slope = more / (more + others)
        let intercept = right - slope * before
        area += slope * (more + (before > 0 ? intercept * log(after / before) : 0))
        let highest = (right + more) / (before + more)
        let lowest = before + others > 0 ? right / (before + others) : 1
        error += more * (highest - lowest)
      }
      right += more
      wrong += others
    }
    return right == 0 ? (.nan, .nan) : (area / right, error / right)
  }
}
