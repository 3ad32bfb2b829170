internal import Configuration

/// The masks of time steps in a Functional model's configuration.
///
/// Keras 3 writes down as layers of their own what it computes where a layer makes a mask: `x != 0` for an
/// `Embedding`, `any(x != mask_value)` for a `Masking`. Here those two layers make their masks. What
/// a user has computed by hand and given to a layer as `mask=` looks nearly the same, and is an error.
enum KerasMasks {
  /// The classes of these layers.
  static let operations: Set<String> = ["NotEqual", "Any"]

  /// - Throws: `NetworkError` for a mask that is none of the automatic ones.
  static func check(_ items: [Value]) throws(NetworkError) {
    let makers = items.compactMap(maker)
    for item in items {
      let name = item["name"]?.text ?? item["config"]?["name"]?.text ?? ""
      if item["class_name"]?.text == "NotEqual" {
        let (source, number) = comparison(item)
        guard makers.contains(where: { $0.source == source && $0.number == number }) else {
          throw NetworkError(
            "layer '\(name)': a mask that is computed by hand is not supported: let a Masking layer or an "
              + "Embedding with mask_zero make it")
        }
      } else if let mask = mask(item), !isOperation(mask.layer, items) {
        throw NetworkError(
          "layer '\(name)': its mask is layer '\(mask.layer)': only masks that a Masking layer or an "
            + "Embedding with mask_zero makes are supported")
      }
    }
  }

  private static func isOperation(_ name: String, _ items: [Value]) -> Bool {
    items.contains {
      ($0["name"]?.text ?? $0["config"]?["name"]?.text) == name
        && operations.contains($0["class_name"]?.text ?? "")
    }
  }

  /// What a layer that makes a mask compares its input with.
  private static func maker(_ item: Value) -> (source: KerasCalls.Place?, number: Double?)? {
    let config = item["config"]
    switch item["class_name"]?.text {
    case "Embedding" where config?["mask_zero"] == true: return (comparison(item).source, 0)
    case "Masking": return (comparison(item).source, config?["mask_value"]?.number ?? 0)
    default: return nil
    }
  }

  /// The first tensor of the first call, and the number behind it.
  private static func comparison(_ item: Value) -> (source: KerasCalls.Place?, number: Double?) {
    guard case .list(let nodes)? = item["inbound_nodes"]?.kind,
      case .list(let arguments)? = nodes.first?["args"]?.kind
    else { return (nil, nil) }
    let source = arguments.first.flatMap(tensor)
    return (source, arguments.count > 1 ? arguments[1].number : nil)
  }

  private static func mask(_ item: Value) -> KerasCalls.Place? {
    guard case .list(let nodes)? = item["inbound_nodes"]?.kind else { return nil }
    return nodes.lazy.compactMap { $0["kwargs"]?["mask"].flatMap(tensor) }.first
  }

  private static func tensor(_ value: Value) -> KerasCalls.Place? {
    value["config"]?["keras_history"].flatMap(KerasCalls.place)
  }
}
