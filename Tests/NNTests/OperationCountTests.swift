import LayerSamples
import NN
import Testing

/// The FLOPs that `sounder check` prints for sequences; `ConvolutionTests` has those of images.
@Suite("Operations of layers over sequences")
struct OperationCountTests {
  @Test(
    "are counted as by hand: 4 steps of 5 features to 3 units",
    arguments: [
      // Each step: kernels (5 + 3) x 3 weights, two each; 3 biases; a function for each unit.
      ("simple_rnn: {units: 3}", 4 * (2 * 8 * 3 + 3 + 3 * 1)),
      // Kernels (5 + 3) x 12, 12 biases; for each unit 4 functions, f c + i g (3), and o times the carry's
      // function (2).
      ("lstm: {units: 3}", 4 * (2 * 8 * 12 + 12 + 3 * 9)),
      ("lstm: {units: 3, use_bias: false}", 4 * (2 * 8 * 12 + 3 * 9)),
      // Kernels (5 + 3) x 9, 2 x 9 biases; for each unit 3 functions, r times the state's product and its
      // addition (2), and z h + (1 - z) g (4).
      ("gru: {units: 3}", 4 * (2 * 8 * 9 + 18 + 3 * 9)),
      // 9 biases; r times the state goes into the product, so that nothing is left to add.
      ("gru: {units: 3, reset_after: false}", 4 * (2 * 8 * 9 + 9 + 3 * 8)),
      // Twice the LSTM; with a sum also one for each of its 3 numbers.
      ("bidirectional: {layer: {lstm: {units: 3}}}", 2 * 4 * (2 * 8 * 12 + 12 + 3 * 9)),
      (
        "bidirectional: {layer: {lstm: {units: 3}}, merge_mode: sum}",
        2 * 4 * (2 * 8 * 12 + 12 + 3 * 9) + 3
      ),
      // 2 heads of keys and values of 3: projections 4 x 5 x 6 three times and 4 x 6 x 5, two each; biases
      // 4 x 6 three times and 4 x 5; 4 x 4 comparisons of each head by 3 products, its sums by as many, and
      // two for scaling and softmax.
      (
        "multi_head_attention: {num_heads: 2, key_dim: 3}",
        2 * 4 * (4 * 5 * 6) + (3 * 24 + 20) + 2 * (2 * 16 * 6) + 2 * 16 * 2
      ),
    ])
  func operations(_ text: String, _ expected: Int) throws {
    let network = try Network(inputShape: [4, 5], layers: [NamedLayer(nil, try layer(text))])
    #expect(network.table[0].operationCount == expected)
  }

  @Test("of attention to another sequence and of an encoder block are counted as by hand")
  func attentionOperations() throws {
    // One head: queries 2 x 4, values 3 x 5, keys 3 x 6; keys of 2, values of 7 numbers.
    let attention = MultiHeadAttention(heads: 1, keyLength: 2, valueLength: 7, useBias: false)
    // Queries 2 x 4 x 2, keys 3 x 6 x 2, values 3 x 5 x 7, output 2 x 7 x 4; 2 x 3 comparisons of 2 products
    // and sums of 7, and two for each comparison.
    #expect(
      attention.operationCount(for: [[2, 4], [3, 5], [3, 6]])
        == 2 * (16 + 36 + 105 + 56) + 2 * 6 * (2 + 7) + 2 * 6)
    let block = try Network(
      inputShape: [4, 6],
      layers: [NamedLayer(nil, TransformerEncoder(heads: 2, intermediateUnits: 8))])
    // Attention: four projections 4 x 6 x 6 with 4 x 6 biases, 4 x 4 comparisons of two heads by 3. Sums: one
    // for each of 24 numbers. Normalizations: 5 for each. Dense: 4 x (2 x 6 x 8 + 8) and 4 x (2 x 8 x 6 + 6).
    #expect(
      block.table.map(\.operationCount) == [
        2 * 4 * 144 + 4 * 24 + 2 * (2 * 16 * 6) + 2 * 16 * 2, 24, 120, 416, 408, 24, 120,
      ])
    #expect(block.operationCount == 1152 + 96 + 384 + 64 + 24 + 120 + 416 + 408 + 24 + 120)
  }
}
