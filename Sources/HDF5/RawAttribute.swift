import CHDF5

extension RawFile {
  private static let attributeMessage = 0x0c
  private static let continuationMessage = 0x10
  private static let mostBlocks = 10_000

  /// The stored bytes of an attribute in the object header at `address`; nil when it is not there,
  /// as where a file keeps the attributes of an object outside its header.
  func attribute(_ name: String, of address: UInt64, byteCount: Int) -> [UInt8]? {
    guard var prefix = bytes(at: address, 16) else { return nil }
    let isNew = Array(prefix.all.prefix(4)) == Array("OHDR".utf8)
    var blocks: [(address: UInt64, count: Int)] = []
    var hasOrder = false
    if isNew {
      guard prefix.skip(5), let flags = prefix.int(1) else { return nil }
      let head = 6 + (flags & 0x20 == 0 ? 0 : 16) + (flags & 0x10 == 0 ? 0 : 4)
      guard var size = bytes(at: address + UInt64(head), 1 << (flags & 3)),
        let count = size.number(size.all.count), let count = Int(exactly: count)
      else { return nil }
      hasOrder = flags & 4 != 0
      blocks.append((address + UInt64(head + size.all.count), count))
    } else {
      guard prefix.int(1) == 1, prefix.skip(7), let count = prefix.int(4) else { return nil }
      blocks.append((address + 16, count))
    }
    var index = 0
    while index < blocks.count, blocks.count < Self.mostBlocks {
      let block = blocks[index]
      index += 1
      guard var messages = bytes(at: block.address, block.count) else { return nil }
      if isNew, index > 1 {
        guard messages.take(4) == Array("OCHK".utf8) else { return nil }
      }
      // A checksum of 4 bytes ends a later block of the new form: too short to be a message.
      while let (kind, body) = Self.message(&messages, isNew, hasOrder) {
        if kind == Self.attributeMessage, let data = Self.data(body, name, byteCount) {
          return data
        }
        if kind == Self.continuationMessage {
          var body = body
          guard let next = body.number(8), let count = body.number(8) else { return nil }
          blocks.append((next, Int(clamping: count)))
        }
      }
    }
    return nil
  }

  private static func message(
    _ bytes: inout Bytes, _ isNew: Bool, _ hasOrder: Bool
  ) -> (kind: Int, body: Bytes)? {
    let head = isNew ? (hasOrder ? 6 : 4) : 8
    guard bytes.rest >= head, let kind = bytes.int(isNew ? 1 : 2), let count = bytes.int(2),
      bytes.skip(head - (isNew ? 3 : 4)), let body = bytes.take(count)
    else { return nil }
    return (kind, Bytes(body))
  }

  /// The data of an attribute message when it is the one of that name.
  private static func data(_ message: Bytes, _ wanted: String, _ byteCount: Int) -> [UInt8]? {
    var bytes = message
    guard let version = bytes.int(1), (1...3).contains(version), bytes.skip(1),
      let nameCount = bytes.int(2), let typeCount = bytes.int(2), let spaceCount = bytes.int(2),
      version < 3 || bytes.skip(1)
    else { return nil }
    func stored(_ count: Int) -> Int { version == 1 ? (count + 7) / 8 * 8 : count }
    guard let name = bytes.take(stored(nameCount)),
      name.prefix(while: { $0 != 0 }).elementsEqual(wanted.utf8),
      bytes.skip(stored(typeCount)), bytes.skip(stored(spaceCount))
    else { return nil }
    return bytes.take(byteCount)
  }
}
