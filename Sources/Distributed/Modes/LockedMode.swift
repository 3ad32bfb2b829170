package import Configuration

/// Updates in shared memory under a reader/writer lock.
package struct LockedMode: ExchangeMode {
  package static let name = "locked"
  package static let sharesMemory = true
  package static let keepsStateInMemory = true
  package static let correctsStaleness = true

  package init() {}
  package init(options: inout Options) throws(ConfigurationError) {}

  package func ownFloats(slotCount: Int) -> Int { 1 }

  package func exchange(_ parts: ExchangeParts) -> any Exchange {
    LockedExchange(
      memory: parts.memory, gradient: parts.gradient, optimizer: parts.optimizer,
      correction: parts.correction)
  }
}
