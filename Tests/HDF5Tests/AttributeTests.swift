import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Attributes")
struct AttributeTests {
  @Test("numbers and texts of every kind are given back")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      // Over the 64 KB that an object's header can hold.
      let long = String(repeating: "0123456789", count: 30_000)
      let names = (0..<5000).map { "layer_\($0)_with_a_name" }
      try File.replace(path) { file in
        let group = try file.root().createGroup("g")
        try group.writeAttribute("int", -3)
        try group.writeAttribute("ints", [1, 2, 3])
        try group.writeAttribute("double", 0.1)
        try group.writeAttribute("doubles", [0.5, .infinity])
        try group.writeAttribute("bytes", [UInt8(0), 255])
        try group.writeAttribute("large", [UInt64.max])
        try group.writeAttribute("text", "Grüße, \"JSON\"\n")
        try group.writeAttribute("nothing", "")
        try group.writeAttribute("long", long)
        try group.writeAttribute("texts", ["a", "", "länger"])
        try group.writeAttribute("names", names)
        try group.writeAttribute("none", [String]())
        try group.writeAttribute("changed", 1)
        try group.writeAttribute("changed", "now a text")
        let dataset = try group.createDataset("d", shape: [1], of: Float.self)
        try dataset.writeAttribute("unit", "cm")
        try file.writeAttribute("version", 2)
      }
      let file = try File(opening: path)
      #expect(try file.intAttribute("version") == 2)
      #expect(try file.dataset("g/d").stringAttribute("unit") == "cm")
      let group = try file.group("g")
      #expect(try group.intAttribute("int") == -3)
      #expect(try group.numberAttribute("int") == -3)
      #expect(try group.intsAttribute("ints") == [1, 2, 3])
      #expect(try group.numberAttribute("double") == 0.1)
      #expect(try group.numbersAttribute("doubles") == [0.5, .infinity])
      #expect(try group.intsAttribute("bytes") == [0, 255])
      let large = try group.numbersAttribute("large")
      #expect(large == [0x1p64])
      #expect(try group.stringAttribute("text") == "Grüße, \"JSON\"\n")
      #expect(try group.stringAttribute("nothing") == "")
      #expect(try group.stringAttribute("long") == long)
      #expect(try group.stringsAttribute("texts") == ["a", "", "länger"])
      #expect(try group.stringsAttribute("names") == names)
      #expect(try group.stringsAttribute("none") == [])
      let none = try group.attribute("none")
      #expect(none.elementType == .float64 && none.shape == [0], "as Keras writes an empty list")
      #expect(try group.stringAttribute("changed") == "now a text")
    }
  }

  @Test("texts of variable length, as Keras writes them, are read")
  func variableLength() throws {
    let file = try File(opening: fixture("keras/k3-conv1d.h5").path)
    #expect(try file.stringAttribute("backend") == "tensorflow")
    #expect(try file.stringAttribute("keras_version") == "3.15.1")
    #expect(try file.stringAttribute("model_config").hasPrefix("{\"class_name\": \"Sequential\""))
    let weights = try file.group("model_weights")
    let names = try weights.stringsAttribute("layer_names")
    #expect(names.count > 2)
    for name in names {
      for weight in try weights.group(name).stringsAttribute("weight_names") {
        let dataset = try weights.group(name).dataset(weight)
        #expect(dataset.elementType == .float32)
      }
    }
  }

  @Test("the texts of variable length are the same while the file may be written, too")
  func variableLengthThroughTheLibrary() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try FileManager.default.copyItem(atPath: fixture("keras/k3-conv1d.h5").path, toPath: path)
      // A file that may be written is read by the C library, one that may not by our own reader.
      let texts = { (access: File.Access) throws -> [String] in
        let file = try File(opening: path, access: access)
        return try [file.stringAttribute("model_config"), file.stringAttribute("backend")]
          + file.group("model_weights").stringsAttribute("layer_names")
      }
      let own = try texts(.readOnly)
      #expect(try texts(.readWrite) == own)
      #expect(own[0].count > 1000)
    }
  }

  @Test("a wrong kind or a missing one is named, with what is there")
  func errors() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        try file.writeAttribute("layer_names", ["a", "b"])
        try file.writeAttribute("half", 0.5)
      }
      let file = try File(opening: path)
      let missing = #expect(throws: HDF5Error.self) { try file.stringsAttribute("layer_name") }
      #expect(missing?.kind == .missingObject)
      #expect(missing?.description.contains("did you mean 'layer_names'?") == true)
      #expect(throws: HDF5Error.self) { try file.stringAttribute("layer_names") }
      #expect(throws: HDF5Error.self) { try file.intAttribute("half") }
      #expect(throws: HDF5Error.self) { try file.numberAttribute("layer_names") }
      #expect(throws: HDF5Error.self) { try file.stringsAttribute("half") }
    }
  }
}
