/// How the parameters are cut for several servers: server k has the k-th part, all as long as can be.
package struct ShardLayout: Equatable {
  /// The parameters in all.
  package let parameterCount: Int
  /// The servers; rank k of the world is server k.
  package let serverCount: Int

  /// Cuts `parameterCount` parameters for `serverCount` servers, each of which gets one at least.
  package init(parameterCount: Int, serverCount: Int) {
    precondition((1...max(1, parameterCount)).contains(serverCount))
    self.parameterCount = parameterCount
    self.serverCount = serverCount
  }

  /// The parameters that `server` has.
  package func range(of server: Int) -> Range<Int> {
    bound(server)..<bound(server + 1)
  }

  /// Where the count of pushes lies in a server's window, in floats: behind its part, aligned to 8 bytes.
  package func countPlace(of server: Int) -> Int { (range(of: server).count + 1) / 2 * 2 }

  /// The bytes of a server's window: its part, and a 64-bit count of pushes.
  package func windowByteCount(of server: Int) -> Int {
    MemoryLayout<Float>.size * countPlace(of: server) + MemoryLayout<Int64>.size
  }

  private func bound(_ server: Int) -> Int {
    let (whole, rest) = parameterCount.quotientAndRemainder(dividingBy: serverCount)
    return whole * server + min(server, rest)
  }
}
