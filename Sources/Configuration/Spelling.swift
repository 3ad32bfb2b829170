/// The nearest valid spelling of a word that is not known.
public enum Spelling {
  /// The candidate nearest to `word`, unless all are further away than a typing mistake is.
  ///
  /// The distance counts insertions, deletions, substitutions and transpositions of neighbours
  /// (optimal string alignment), after case and `-`/`_` are made equal.
  public static func nearest(to word: String, among candidates: [String]) -> String? {
    let folded = fold(word)
    let ranked = candidates.map { (candidate: $0, distance: distance(folded, fold($0))) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    let limit = max(2, max(word.count, best.candidate.count) * 2 / 5)
    return best.distance <= limit ? best.candidate : nil
  }

  /// A clause for an error message: the nearest spelling, or else the whole choice.
  public static func advice(for word: String, among candidates: [String]) -> String {
    if let nearest = nearest(to: word, among: candidates) { return "did you mean '\(nearest)'?" }
    return "choose one of: " + candidates.joined(separator: ", ")
  }

  private static func fold(_ word: String) -> [Character] {
    word.lowercased().map { $0 == "-" ? "_" : $0 }
  }

  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        let substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        var best = min(substitution, last[j] + 1, row[j - 1] + 1)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          best = min(best, beforeLast[j - 2] + 1)
        }
        row.append(best)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
