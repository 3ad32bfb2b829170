package import Configuration

/// Updates in shared memory without any lock.
///
/// Niu, Recht, Ré and Wright (2011), "Hogwild!".
package struct HogwildMode: ExchangeMode {
  package static let name = "hogwild"
  package static let sharesMemory = true
  package static let keepsStateInMemory = true
  package static let correctsStaleness = true

  package init() {}
  package init(options: inout Options) throws(ConfigurationError) {}

  package func ownFloats(slotCount: Int) -> Int { 1 }

  package func exchange(_ parts: ExchangeParts) -> any Exchange {
    HogwildExchange(
      memory: parts.memory, gradient: parts.gradient, optimizer: parts.optimizer,
      privateCopy: parts.usesCopy, correction: parts.correction)
  }
}
