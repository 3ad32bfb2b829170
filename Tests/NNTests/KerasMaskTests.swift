import Configuration
import NN
import Testing

/// Models that differ from ours only in how a layer is called.
@Suite("Keras' masks and calls")
struct KerasMaskTests {
  private static func tensor(_ layer: String) -> String {
    #"{"class_name": "__keras_tensor__", "config": {"keras_history": ["\#(layer)", 0, 0]}}"#
  }

  /// What Keras 3.15 writes for ids -> Embedding(7, 3, mask_zero) -> LSTM(2), without the defaults.
  private static func network(
    number: String = "0", maskZero: Bool = true, call: String = #""training": false"#
  ) throws -> Network {
    let text = """
      {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "ids", "config": {"batch_shape": [null, 5], "name": "ids"},
         "inbound_nodes": []},
        {"class_name": "Embedding", "name": "e", "inbound_nodes": [{"args": [\(tensor("ids"))], "kwargs": {}}],
         "config": {"name": "e", "input_dim": 7, "output_dim": 3, "mask_zero": \(maskZero)}},
        {"class_name": "NotEqual", "name": "ne", "config": {"name": "ne"},
         "inbound_nodes": [{"args": [\(tensor("ids")), \(number)], "kwargs": {}}]},
        {"class_name": "LSTM", "name": "r", "config": {"name": "r", "units": 2},
         "inbound_nodes": [{"args": [\(tensor("e"))], "kwargs": {\(call)}}]}],
       "input_layers": [["ids", 0, 0]], "output_layers": [["r", 0, 0]]}}
      """
    return try Network(kerasModelConfig: try Value(json: text))
  }

  @Test("the mask that an Embedding makes is read")
  func automatic() throws {
    let mask = #""training": false, "mask": \#(Self.tensor("ne"))"#
    #expect(try Self.network(call: mask).layers.map(\.name) == ["e", "r"])
  }

  @Test("what would predict something else is refused, and the layer is named")
  func refused() throws {
    func refusal(_ words: String, _ make: () throws -> Network) {
      let error = #expect(throws: NetworkError.self) { try make() }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
    refusal("layer 'ne': a mask that is computed by hand") { try Self.network(number: "5") }
    refusal("layer 'ne': a mask that is computed by hand") { try Self.network(maskZero: false) }
    refusal("layer 'r': its mask is layer 'e'") {
      try Self.network(call: #""mask": \#(Self.tensor("e"))"#)
    }
    refusal("layer 'r'") { try Self.network(call: #""training": true"#) }
  }

  @Test(
    "the operation Concatenate, of which masks are made, is no layer, and the error says what is")
  func concatenation() throws {
    let text = """
      {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [null, 4], "name": "x"},
         "inbound_nodes": []},
        {"class_name": "Dense", "name": "d", "config": {"name": "d", "units": 4},
         "inbound_nodes": [{"args": [\(Self.tensor("x"))], "kwargs": {}}]},
        {"module": "MODULE", "class_name": "Concatenate", "name": "c", "config": {"name": "c", "axis": -1},
         "inbound_nodes": [{"args": [[\(Self.tensor("x")), \(Self.tensor("d"))]], "kwargs": {}}]},
        {"class_name": "Dense", "name": "e", "config": {"name": "e", "units": 2},
         "inbound_nodes": [{"args": [\(Self.tensor("READ"))], "kwargs": {}}]}],
       "input_layers": [["x", 0, 0]], "output_layers": [["LAST", 0, 0]]}}
      """
    func read(_ module: String, reads: String, last: String) throws -> Network {
      try Network(
        kerasModelConfig: try Value(
          json: text.replacing("MODULE", with: module).replacing("READ", with: reads)
            .replacing("LAST", with: last)))
    }
    #expect(
      try read("keras.layers", reads: "c", last: "e").layers.map(\.name) == ["d", "c", "e"])
    for (reads, last, reader) in [("c", "e", "layer 'e'"), ("d", "c", "the network's outputs")] {
      let error = #expect(throws: NetworkError.self) {
        try read("keras.src.ops.numpy", reads: reads, last: last)
      }
      #expect(
        error?.description.contains(
          "\(reader): reads 'c', the operation Concatenate of keras.ops, which no layer computes here: use the "
            + "layer keras.layers.Concatenate") == true, "\(error?.description ?? "")")
    }
  }

  @Test("attention within a window is refused")
  func window() throws {
    let text = """
      {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [null, 5, 4], "name": "x"},
         "inbound_nodes": []},
        {"class_name": "MultiHeadAttention", "name": "a",
         "config": {"name": "a", "num_heads": 2, "key_dim": 3, "sliding_window": WINDOW},
         "inbound_nodes": [{"args": [\(Self.tensor("x")), \(Self.tensor("x"))], "kwargs": {}}]}],
       "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}}
      """
    for (window, isRead) in [("null", true), ("3", false)] {
      let value = try Value(json: text.replacing("WINDOW", with: window))
      let network = try? Network(kerasModelConfig: value)
      #expect((network != nil) == isRead, "\(window)")
    }
  }
}
