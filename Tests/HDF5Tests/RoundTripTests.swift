import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test("A file gives back the numbers, texts and attributes that were written")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      let values = (0..<60).map { Float($0) / 4 }
      let long = String(repeating: "config ", count: 20_000)
      try File.replace(path) { file in
        let group = try file.root().createGroup("train")
        try group.createDataset("features", shape: [10, 6], of: Float.self).write(values)
        try group.createDataset("packed", shape: [10, 6], of: Float.self, chunks: [3, 6], gzip: 4)
          .write(values)
        try file.writeAttribute("model_config", long)
        try group.writeAttribute("names", ["a", "bcd", "ü"])
        try group.writeAttribute("none", [String]())
        try group.writeAttribute("count", 7)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.h5"])
      let file = try File(opening: path)
      #expect(try file.dataset("train/features").readAll(as: Float.self) == values)
      #expect(try file.dataset("train/packed").readAll(as: Double.self) == values.map(Double.init))
      #expect(try file.stringAttribute("model_config") == long)
      let group = try file.group("train")
      #expect(try group.stringsAttribute("names") == ["a", "bcd", "ü"])
      #expect(try group.stringsAttribute("none") == [])
      #expect(try group.intAttribute("count") == 7)
      #expect(group.attributeNames() == ["count", "names", "none"])
      #expect(group.childNames() == ["features", "packed"])
      let packed = try group.dataset("packed")
      #expect(packed.chunkShape == [3, 6])
      #expect(packed.filters == ["gzip 4"])
    }
  }
}
