internal import Configuration

/// On which ranks the master's weights lie, where there are several nodes: `distribution.servers`.
package enum ServerPlacement: Equatable, Sendable {
  /// As many ranks as an exchange of all nodes needs to be over when the next one begins, measured at the
  /// start.
  case auto
  /// That many ranks from rank 0 on, which do nothing else.
  case dedicated(Int)
  /// A part on the first worker of each node, beside its work; the others reach it by one-sided accesses.
  case colocated

  /// Reads `auto`, `colocated` or a number.
  init(_ value: Value?, _ options: Options) throws(ConfigurationError) {
    guard let value else {
      self = .auto
      return
    }
    if let count = value.int, (1...65_536).contains(count) {
      self = .dedicated(count)
    } else if value == "auto" {
      self = .auto
    } else if value == "colocated" {
      self = .colocated
    } else {
      throw options.error(
        "is \(value.summary): give auto, colocated, or a number of ranks from 1 to 65536", "servers"
      )
    }
  }

  /// What the job file says.
  var value: Value {
    switch self {
    case .auto: "auto"
    case .dedicated(let count): Value(.int(count))
    case .colocated: "colocated"
    }
  }

  /// The ranks that the job file asks for by a number.
  var count: Int? {
    guard case .dedicated(let count) = self else { return nil }
    return count
  }
}
