/// Proposals that are ready before a group asks for one.
///
/// A sampler that takes long, measured by the trials and the number of groups, prepares batches while
/// groups train, and keeps some in stock. A quick one prepares one proposal after each result, so that
/// it knows the latest ones.
struct ProposalStock {
  /// In the order in which they must be asked for.
  private(set) var proposals: [PreparedProposal] = []
  /// Counts how often the stock was thrown away: what was requested before then does not fit.
  private(set) var mark = 0
  /// Why the latest request gave nothing; what is in stock may be used first.
  var failure: StudyError?

  /// The next one.
  var first: PreparedProposal? { proposals.first }

  /// Puts in what a request gave: behind the others when it knew them as running, else in their place.
  ///
  /// What cannot be asked for any more is dropped; `nextIndex` is the study's next number.
  mutating func add(_ more: [PreparedProposal], mark: Int, nextIndex: Int) {
    failure = nil
    guard let next = more.first else { return }
    if !next.ahead.isEmpty {
      let follows = next.firstIndex == proposals.last.map { $0.index + 1 } ?? nextIndex
      if mark == self.mark, follows { proposals += more }
    } else if next.firstIndex == nextIndex {
      // What was requested behind those that were here does not follow these.
      proposals = more
      self.mark += 1
    }
  }

  /// Takes the next one.
  mutating func removeFirst() { proposals.removeFirst() }

  /// Forgets everything, and what is being prepared.
  mutating func clear() {
    proposals = []
    failure = nil
    mark += 1
  }
}

/// How many proposals are prepared, and when.
extension Coordinator {
  /// Proposals of one request: an eighth of the groups.
  private var batchSize: Int {
    let groups = pool.all.count / max(1, plan.ranksPerTrial.lowerBound)
    return min(max(1, groups / 8), 16)
  }

  /// Whether groups would wait too long for proposals that know the latest results.
  ///
  /// With few groups that is 0.5 % of a trial; with many, proposals queue up behind each other.
  var keepsStock: Bool {
    guard batchSize > 1 else { return false }
    // Sobol points at the start say nothing of what follows.
    let least = type(of: study.sampler).takesLong ? 0.005 : 0
    let seconds = max(lastProposalSeconds ?? 0, least)
    return seconds * Double(batchSize) >= 0.005 * (meanTrialSeconds ?? 1)
  }

  /// Whether a free group waits for a proposal that knows the latest results: where that is short.
  var waitsForLatest: Bool {
    !keepsStock && (lastProposalSeconds ?? 0) < 0.005 * (meanTrialSeconds ?? 1)
  }

  /// Whether a proposal is ready.
  var hasProposal: Bool { stock.first != nil || proposer.hasAnswer }

  /// Has proposals prepared, where some are missing or newer ones are wanted.
  func prepare() throws(StudyError) {
    guard ending == nil, !limitIsReached, !isQuick else { return }
    guard keepsStock else {
      return proposer.request(try study.prepare(), mark: stock.mark)
    }
    takeAnswer()
    let left = (plan.trialLimit ?? Int.max) - countedTrials - stock.proposals.count
    guard !proposer.isBusy, !proposer.hasAnswer, left > 0, stock.failure == nil,
      stock.proposals.count <= leastStock
    else { return }
    proposer.request(
      try study.prepare(after: stock.proposals, count: min(batchSize, left)), mark: stock.mark)
  }

  // What groups use up while the next batch is prepared, and a batch for those that come together.
  private var leastStock: Int {
    let groups = Double(active.count)
    let perSecond = groups / max(meanTrialSeconds ?? 1, 1e-6)
    return batchSize + Int(min(perSecond * lastProposalWait, groups / 8))
  }

  /// Puts what is ready into the stock.
  func takeAnswer() {
    guard let answer = proposer.take() else { return }
    lastProposalSeconds = answer.seconds
    lastProposalWait = answer.waitSeconds
    switch answer.proposals {
    case .success(let proposals):
      stock.add(proposals, mark: answer.mark, nextIndex: study.nextIndex)
    case .failure(let error): stock.failure = error
    }
  }
}
