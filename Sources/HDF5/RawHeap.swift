import CHDF5

extension RawFile {
  /// The bytes of one reference to a text: length, heap's address, index in the heap.
  static let referenceByteCount = 16

  /// The texts that `references` name; nil when one of them leads nowhere.
  func texts(_ references: [UInt8]) -> [String]? {
    var heaps: [UInt64: [Int: ArraySlice<UInt8>]] = [:]
    var references = Bytes(references)
    var texts: [String] = []
    while references.rest >= Self.referenceByteCount {
      guard let length = references.int(4), let address = references.number(8),
        let index = references.int(4)
      else { return nil }
      if length == 0 || address == 0 {
        texts.append("")
        continue
      }
      if heaps[address] == nil {
        guard let heap = heap(at: address) else { return nil }
        heaps[address] = heap
      }
      guard let object = heaps[address]?[index], object.count >= length else { return nil }
      texts.append(String(decoding: object.prefix(length).prefix { $0 != 0 }, as: UTF8.self))
    }
    return texts
  }

  /// The objects of the global heap collection at `address`.
  private func heap(at address: UInt64) -> [Int: ArraySlice<UInt8>]? {
    guard var head = bytes(at: address, 16), head.take(4) == Array("GCOL".utf8),
      head.int(1) == 1, head.skip(3), let size = head.number(8), let size = Int(exactly: size),
      var rest = bytes(at: address, size), rest.skip(16)
    else { return nil }
    var objects: [Int: ArraySlice<UInt8>] = [:]
    while rest.rest >= 16 {
      guard let index = rest.int(2), rest.skip(6), let count = rest.number(8) else { return nil }
      // Object 0 is the free space at the end.
      if index == 0 { break }
      guard let count = Int(exactly: count), count <= rest.rest else { return nil }
      objects[index] = rest.all[rest.position..<rest.position + count]
      guard rest.skip(min((count + 7) / 8 * 8, rest.rest)) else { return nil }
    }
    return objects
  }
}
