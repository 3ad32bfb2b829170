import NN
import Testing

@Suite("Parts of networks")
struct NetworkPartTests {
  @Test("a layer that does not need all inputs is a part with those that it needs")
  func inputs() throws {
    let network = try Network(
      inputs: [NetworkInput("left", shape: [2]), NetworkInput("right", shape: [3])],
      layers: [
        NamedLayer("near", Dense(units: 2), inputs: ["left"]),
        NamedLayer("far", Dense(units: 2), inputs: ["right"]),
        NamedLayer("both", Concatenate(), inputs: ["near", "far"]),
      ])
    #expect(try network.part(endingAt: "near").inputs.map(\.name) == ["left"])
    let far = try network.part(endingAt: "far")
    #expect(far.inputs == [NetworkInput("right", shape: [3])] && far.layers.map(\.name) == ["far"])
    #expect(try network.part(endingAt: "both").inputs == network.inputs)
    let parameters = (0..<network.parameterCount).map { Float($0) }
    // Behind the 2 x 2 + 2 weights of `near`.
    #expect(network.parameters(of: far, from: parameters) == (6..<14).map { Float($0) })
  }

  @Test("any output of a layer ends a part, and others are refused")
  func outputs() throws {
    var options = RecurrentOptions(units: 3)
    options.returnState = true
    let network = try Network(
      inputShape: [4, 2],
      layers: [
        NamedLayer("lstm", LSTM(options)),
        NamedLayer("end", Concatenate(), inputs: ["lstm", "lstm:1", "lstm:2"]),
      ])
    var parameters = (0..<network.parameterCount).map { Float($0 % 7) / 7 - 0.4 }
    let rows = (0..<16).map { Float($0 % 5) / 5 }
    let whole = try ModelFileTests.predict(network, parameters, rows)
    for (place, name) in ["lstm", "lstm:1", "lstm:2"].enumerated() {
      let part = try network.part(endingAt: name)
      #expect(part.outputShape == [3])
      parameters = network.parameters(of: part, from: parameters)
      let found = try ModelFileTests.predict(part, parameters, rows)
      let expected = Array(whole[3 * place..<3 * place + 3] + whole[9 + 3 * place..<12 + 3 * place])
      #expect(found == expected, "\(name)")
    }
    for (name, words) in [
      ("lstm:3", "has the outputs 0 to 2"), ("end:1", "has one output: name it 'end'"),
      ("lstn", "did you mean 'lstm'?"), ("lstm:", "has the outputs"),
    ] {
      let error = try #require(
        #expect(throws: NetworkError.self) { try network.part(endingAt: name) })
      #expect(error.description.contains(words), "\(error.description)")
    }
  }
}
