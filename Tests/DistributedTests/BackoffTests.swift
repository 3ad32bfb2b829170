import Distributed
import Testing

@Suite("Pauses that grow")
struct BackoffTests {
  @Test("each is longer than the last one up to a limit, and something new begins again")
  func growth() {
    var wait = Backoff(first: 1, longest: 5, factor: 2)
    #expect((0..<5).map { _ in wait.next() } == [1, 2, 4, 5, 5])
    wait.reset()
    #expect(wait.next() == 1)
  }
}
