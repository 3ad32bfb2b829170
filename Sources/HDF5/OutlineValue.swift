public import Configuration

extension Outline {
  /// The tree as settings, to be printed as JSON.
  public var value: Value {
    var entries: [Value.Entry] = [.init("name", Value(.string(name)))]
    switch content {
    case .group(let children):
      entries.append(.init("kind", "group"))
      entries.append(.init("children", Value(.list(children.map(\.value)))))
    case .dataset(let dataset):
      entries.append(.init("kind", "dataset"))
      entries += dataset.entries
    case .alias(let other):
      entries.append(.init("kind", "alias"))
      entries.append(.init("of", Value(.string(other))))
    case .other(let words):
      entries.append(.init("kind", "other"))
      entries.append(.init("description", Value(.string(words))))
    }
    let map = attributes.map { Value.Entry($0.name, $0.attribute.value) }
    entries.append(.init("attributes", Value(.map(map))))
    return Value(.map(entries))
  }
}

extension DatasetOutline {
  fileprivate var entries: [Value.Entry] {
    [
      .init("shape", Value(.list(shape.map { Value(.int($0)) }))),
      .init("type", Value(.string("\(elementType)"))),
      .init("byte_order", isBigEndian ? "big" : "little"),
      .init("chunks", chunkShape.map { Value(.list($0.map { Value(.int($0)) })) } ?? nil),
      .init("filters", Value(.list(filters.map { Value(.string($0)) }))),
      .init("stored_bytes", Value(.int(storedByteCount))),
    ]
  }
}

extension Attribute {
  /// The elements as a setting: a list, or a single one for a single element; null where unreadable.
  public var value: Value {
    let list: [Value]
    switch content {
    case .strings(let texts): list = texts.map { Value(.string($0)) }
    case .integers(let values): list = values.map { Value(.int($0)) }
    case .numbers(let values): list = values.map { Value(.number($0)) }
    case .other: return nil
    }
    if shape.isEmpty, let only = list.first { return only }
    return Value(.list(list))
  }
}
