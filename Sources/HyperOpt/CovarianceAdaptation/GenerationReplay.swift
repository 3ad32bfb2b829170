private import Configuration
private import NN
private import Synchronization

/// Learns a CMA-ES state from a history: each `population` finished trials are one generation.
struct GenerationReplay {
  private let history: History
  private let seed: UInt64
  private let start: MarginAdaptation

  init(_ history: History, seed: UInt64, start: MarginAdaptation) {
    self.history = history
    self.seed = seed
    self.start = start
  }

  /// The seed of a proposal's raw point; further attempts where constraints forbid points.
  static func drawSeed(_ seed: UInt64, index: Int, attempt: Int) -> UInt64 {
    attempt == 0
      ? RandomGenerator.hash(seed, UInt64(index))
      : RandomGenerator.hash(seed, UInt64(index), UInt64(attempt))
  }

  /// The state after all whole generations.
  func latest(_ memory: GenerationMemory) -> MarginAdaptation {
    let axes = start.axes.map { Parameter($0.name, $0.distribution) }
    var links = memory.links(on: axes)
    var states = [start]
    var rest = history.rankedFinished[...]
    var isNew = false
    while let current = states.last, rest.count >= current.adaptation.population {
      let generation = rest.prefix(current.adaptation.population).sorted()
      rest = rest.dropFirst(generation.count)
      let points = generation.map { point(of: $0.number, states) }
      let place = states.count - 1
      // Equal up to here, the state that was learned then is the one to learn now.
      if place >= links.count || links[place].points != points {
        links.removeSubrange(min(place, links.count)...)
        links.append(.init(points: points, state: after(current, points)))
        isNew = true
      }
      states.append(links[place].state)
    }
    if isNew { memory.keep(links, on: axes) }
    return states[states.count - 1]
  }

  private func after(_ state: MarginAdaptation, _ points: [[Double]]) -> MarginAdaptation {
    var next = state
    next.tell(points)
    let (condition, longest) = next.adaptation.extent
    guard longest < 1e-10 || condition > 1e14 else { return next }
    return start.restarted(
      population: 2 * state.adaptation.population, sigma: start.adaptation.sigma)
  }

  // The raw point behind a trial's parameters: the one that a recent state drew for it, if its
  // values are the trial's; else its place.
  private func point(of number: Int, _ states: [MarginAdaptation]) -> [Double] {
    let trial = history.trials[number]
    let index = trial.systemAttributes["sounder:index"]?.int ?? number
    let current = states[states.count - 1]
    let values = current.axes.map { trial.parameters[$0.name] }
    for (age, state) in states.reversed().prefix(16).enumerated() {
      for attempt in 0..<(history.space.forbidden.isEmpty ? 1 : 4) {
        let point = state.draw(seed: Self.drawSeed(seed, index: index, attempt: attempt))
        let isIt = values.indices.allSatisfy {
          values[$0] == nil || values[$0] == state.value($0, of: point)
        }
        if isIt { return age == 0 ? point : current.adaptation.injected(point) }
      }
    }
    return current.adaptation.injected(current.point(of: values))
  }
}

/// Generations that were learned before, so that a long history is not replayed at every proposal.
///
/// A state is used again only when all that it was made from is equal: no proposal depends on it.
final class GenerationMemory: Sendable {
  struct Link {
    /// The raw points of the generation, best first.
    var points: [[Double]]
    /// What was learned from them and from all generations before.
    var state: MarginAdaptation
  }

  private struct Chain {
    var axes: [Parameter] = []
    var links: [Link] = []
  }
  private let chain = Mutex(Chain())

  /// The generations that were learned on these axes.
  func links(on axes: [Parameter]) -> [Link] {
    chain.withLock { $0.axes == axes ? $0.links : [] }
  }

  func keep(_ links: [Link], on axes: [Parameter]) {
    chain.withLock { $0 = Chain(axes: axes, links: links) }
  }
}
