package import Configuration

/// All workers' gradients are averaged at every step.
package struct SynchronousMode: ExchangeMode {
  package static let name = "sync"
  package static let sharesMemory = false
  package static let keepsStateInMemory = true

  package init(options: inout Options) throws(ConfigurationError) {}

  /// All make as many steps as the busiest.
  package func optimizerSteps(batchCounts: [Int]) -> Int { batchCounts.max() ?? 0 }

  package func ownFloats(slotCount: Int) -> Int { 1 + slotCount }

  package func exchange(_ parts: ExchangeParts) -> any Exchange {
    SynchronousExchange(memory: parts.memory, gradient: parts.gradient, optimizer: parts.optimizer)
  }
}
