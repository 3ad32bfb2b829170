internal import Configuration

/// The masks of time steps in a Functional model's configuration.
///
/// Keras 3 writes down as layers of their own what it computes where a layer makes a mask (`x != 0` for an
/// `Embedding`, `any(x != mask_value)` for a `Masking`), or where a merging one combines those of its inputs.
/// Here the layers do so. A comparison that no such layer makes, and a mask that is no such computation, are
/// errors. Which of several automatic masks a layer was given is not looked at: it gets its input's.
enum KerasMasks {
  private static let classes: Set<String> = [
    "NotEqual", "Any", "LogicalOr", "ExpandDims", "ZerosLike", "OnesLike", "Concatenate",
  ]

  /// Whether an item of the list of layers is such a computation.
  static func isOperation(_ item: Value) -> Bool {
    guard let name = item["class_name"]?.text, classes.contains(name) else { return false }
    // There is a layer of the name `Concatenate`, too.
    return name != "Concatenate" || item["module"]?.text?.hasPrefix("keras.src.ops.") == true
  }

  /// - Throws: `NetworkError` for a mask that is none of the automatic ones.
  static func check(_ items: [Value]) throws(NetworkError) {
    let makers = items.flatMap(maker)
    let operations = Set(items.filter(isOperation).compactMap(name))
    for item in items {
      if item["class_name"]?.text == "NotEqual" {
        for (source, number) in comparisons(item) {
          guard makers.contains(where: { $0.source == source && $0.number == number }) else {
            throw NetworkError(
              "layer '\(name(item) ?? "")': a mask that is computed by hand is not supported: let a Masking "
                + "layer or an Embedding with mask_zero make it")
          }
        }
      }
      for mask in masks(item) where !operations.contains(mask.layer) {
        throw NetworkError(
          "layer '\(name(item) ?? "")': its mask is layer '\(mask.layer)': only masks that a Masking layer "
            + "or an Embedding with mask_zero makes are supported")
      }
    }
  }

  private static func name(_ item: Value) -> String? {
    item["name"]?.text ?? item["config"]?["name"]?.text
  }

  /// What a layer that makes a mask compares its inputs with, at each of its calls.
  private static func maker(_ item: Value) -> [(source: KerasCalls.Place?, number: Double?)] {
    let config = item["config"]
    let number: Double
    switch item["class_name"]?.text {
    case "Embedding" where config?["mask_zero"] == true: number = 0
    case "Masking": number = config?["mask_value"]?.number ?? 0
    default: return []
    }
    return comparisons(item).map { ($0.source, number) }
  }

  /// The first tensor of each call, and the number behind it.
  private static func comparisons(
    _ item: Value
  ) -> [(source: KerasCalls.Place?, number: Double?)] {
    calls(item).map { call in
      guard case .list(let arguments)? = call["args"]?.kind else { return (nil, nil) }
      return (arguments.first.flatMap(tensor), arguments.count > 1 ? arguments[1].number : nil)
    }
  }

  /// The tensors that are given to a layer as masks.
  private static func masks(_ item: Value) -> [KerasCalls.Place] {
    calls(item).flatMap { call in
      ["mask", "query_mask", "value_mask", "key_mask", "attention_mask"].compactMap {
        call["kwargs"]?[$0].flatMap(tensor)
      }
    }
  }

  private static func calls(_ item: Value) -> [Value] {
    guard case .list(let nodes)? = item["inbound_nodes"]?.kind else { return [] }
    return nodes
  }

  private static func tensor(_ value: Value) -> KerasCalls.Place? {
    value["config"]?["keras_history"].flatMap(KerasCalls.place)
  }
}
