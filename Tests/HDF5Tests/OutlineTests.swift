import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Outlines")
struct OutlineTests {
  @Test("a file's tree shows groups, data sets, shapes, types, attributes, chunks and filters")
  func tree() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        let train = try file.root().createGroup("train")
        try train.createDataset(
          "features", shape: [20, 6], type: .int16, isBigEndian: true, chunks: [4, 6], gzip: 4)
        let labels = try train.createDataset("labels", shape: [20], of: UInt8.self)
        try labels.writeAttribute("class_names", ["cat", "dog"])
        try file.root().createGroup("nothing")
        try file.writeAttribute("title", "a \u{1b}[31mred\u{1b}[0m\nfile")
      }
      let outline = try Outline(of: try File(opening: path))
      let expected = """
        /
        │  @title: "a \\u{1B}[31mred\\u{1B}[0m\\nfile"
        ├─ nothing/  (empty)
        └─ train/
           ├─ features  int16 big-endian [20, 6], chunks [4, 6], gzip 4, 0 bytes
           └─ labels  uint8 [20], 0 bytes
                 @class_names: ["cat", "dog"]
        """
      #expect(outline.text == expected)
      let value = try Value(json: outline.value.json)
      guard case .list(let groups) = value["children"]?.kind, groups.count == 2,
        case .list(let sets) = groups[1]["children"]?.kind
      else {
        Issue.record("\(outline.value.json)")
        return
      }
      #expect(sets[0]["shape"] == [20, 6])
      #expect(sets[0]["chunks"] == [4, 6])
      #expect(sets[0]["filters"] == ["gzip 4"])
      #expect(sets[0]["type"] == "int16")
      #expect(sets[0]["byte_order"] == "big")
      #expect(sets[1]["attributes"]?["class_names"] == ["cat", "dog"])
    }
  }
}
