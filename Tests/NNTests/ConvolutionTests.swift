import Configuration
import Foundation
import NN
import Testing

@Suite("Convolutions, pooling and what is around them")
struct ConvolutionTests {
  private static let mse = Loss(.meanSquaredError)

  /// The first convolution writes blocks of channels, which the second and the pooling read.
  @Test(
    "A convolution of few channels before another one has the right gradients",
    arguments: [
      ("filters: 16, kernel_size: 3, activation: relu", [7, 8, 1]),
      ("filters: 16, kernel_size: 3, padding: same, activation: relu", [6, 7, 3]),
      ("filters: 16, kernel_size: [5, 2], strides: [1, 2], use_bias: false", [9, 9, 1]),
      ("filters: 32, kernel_size: [2, 3], strides: 2, padding: same", [7, 9, 4]),
      ("filters: 16, kernel_size: [4, 6], padding: same, activation: relu", [5, 6, 2]),
    ])
  func fewTaps(_ options: String, _ input: [Int]) throws {
    let layers = try [
      "conv2d: {\(options), bias_initializer: random_normal}",
      "conv2d: {filters: 16, kernel_size: 2, activation: tanh}", "max_pooling2d", "flatten",
      "dense: {units: 3}",
    ].map(layer)
    let trial = try Trial(layers, inputShape: input, loss: Self.mse)
    // The same where each output is read, too, though its loss counts nothing: then nothing lies in blocks.
    let network = try Network(
      inputs: [NetworkInput("input", shape: input)],
      layers: layers.enumerated().map { NamedLayer("l\($0.offset)", $0.element) },
      outputs: ["l0", "l1", "l4"])
    var gradient = [Float](repeating: .nan, count: network.parameterCount)
    try gradient.withUnsafeMutableBufferPointer { memory in
      let rows = try Executor(
        network, batchSize: 4, losses: [Self.mse, Self.mse, Self.mse], lossWeights: [0, 0, 1],
        parameters: try #require(trial.parameters.baseAddress), gradient: memory.baseAddress)
      _ = rows.features.update(fromContentsOf: trial.executor.features)
      rows.targets.update(repeating: 0)
      let width = network.outputCount
      for row in 0..<4 {
        for column in 0..<3 {
          rows.targets[width * (row + 1) - 3 + column] = trial.executor.targets[3 * row + column]
        }
      }
      _ = trial.executor.step(seed: 1, step: 1)
      _ = rows.step(seed: 1, step: 1)
      for row in 0..<4 {
        for column in 0..<3 {
          let a = trial.executor.outputs[3 * row + column]
          #expect(abs(a - rows.outputs[width * (row + 1) - 3 + column]) < 1e-5)
        }
      }
    }
    let largest = gradient.map(abs).max() ?? .nan
    let worst = zip(gradient, trial.gradient).map { abs($0 - $1) }.max() ?? .nan
    #expect(worst < 1e-5 * largest, "of gradients up to \(largest)")
  }

  @Test(
    "The output's shape is Keras'",
    arguments: [
      ("conv1d: {filters: 4, kernel_size: 3}", [7, 2], [5, 4]),
      ("conv1d: {filters: 4, kernel_size: 3, padding: causal, strides: 2}", [7, 2], [4, 4]),
      ("conv2d: {filters: 4, kernel_size: 3, strides: 2}", [7, 8, 2], [3, 3, 4]),
      ("conv2d: {filters: 4, kernel_size: 3, strides: 2, padding: same}", [7, 8, 2], [4, 4, 4]),
      ("conv2d: {filters: 4, kernel_size: 3, dilation_rate: [2, 3]}", [7, 8, 2], [3, 2, 4]),
      ("depthwise_conv2d: {kernel_size: 2, depth_multiplier: 3}", [4, 4, 2], [3, 3, 6]),
      ("conv2d_transpose: {filters: 4, kernel_size: 2, strides: 3}", [4, 4, 2], [12, 12, 4]),
      (
        "conv2d_transpose: {filters: 4, kernel_size: 3, strides: 2, padding: same, "
          + "output_padding: [0, 1]}", [4, 4, 2], [7, 8, 4]
      ),
      ("max_pooling2d", [5, 4, 2], [2, 2, 2]),
      ("average_pooling1d: {padding: same}", [5, 2], [3, 2]),
      ("global_max_pooling3d: {keepdims: true}", [2, 3, 4, 5], [1, 1, 1, 5]),
      ("zero_padding2d: {padding: [1, [2, 3]]}", [2, 2, 1], [4, 7, 1]),
      ("cropping1d: {cropping: [1, 2]}", [5, 2], [2, 2]),
      ("up_sampling3d: {size: [1, 2, 3]}", [2, 2, 2, 1], [2, 4, 6, 1]),
    ])
  func shapes(_ text: String, _ input: [Int], _ output: [Int]) throws {
    #expect(try layer(text).outputShape(for: input) == output)
  }

  @Test(
    "An input or option that does not fit is an error that says so",
    arguments: [
      ("conv2d: {filters: 4, kernel_size: 3}", [7, 8], "2 axes before the channels"),
      ("conv2d: {filters: 4, kernel_size: 5}", [7, 4, 1], "window spans 5 inputs along axis 2"),
      ("conv2d: {filters: 4, kernel_size: 3, groups: 2}", [7, 7, 3], "2 groups"),
      ("conv1d: {filters: 4, kernel_size: 16777216, dilation_rate: 2}", [9, 1], "window spans"),
      (
        "conv1d_transpose: {filters: 4, kernel_size: 2, strides: 2, padding: same, "
          + "output_padding: 0}", [1, 1], "no place along axis 1"
      ),
      ("max_pooling1d: {pool_size: 8}", [7, 1], "make pool_size smaller"),
      ("global_average_pooling2d", [7, 1], "2 axes"), ("cropping1d", [2, 1], "nothing is left"),
      ("prelu: {shared_axes: 3}", [2, 1], "axes [3]"),
      ("conv2d: {filters: 4, kernel_size: 3, activation: glu}", [7, 7, 1], "glu"),
      ("conv2d: {filters: 4, kernel_size: [3, 3, 3]}", [7, 7, 1], "one number or 2"),
      ("conv2d: {filters: 4, kernel_size: 3, padding: causal}", [7, 7, 1], "causal"),
      ("conv2d: {filters: 4, kernel_size: 3, groups: 3}", [7, 7, 3], "3 groups"),
      (
        "conv2d: {filters: 4, kernel_size: 2, strides: 2, dilation_rate: 2}", [7, 7, 3],
        "do not go together"
      ),
      (
        "conv2d_transpose: {filters: 4, kernel_size: 2, output_padding: 1}", [7, 7, 3],
        "less than the strides"
      ),
      ("conv2d: {filters: 0, kernel_size: 2}", [7, 7, 3], "outside"),
      ("max_pooling2d: {strides: 0}", [7, 7, 3], "outside"),
      ("zero_padding2d: {padding: [1, 2, 3]}", [7, 7, 3], "2 numbers or pairs"),
      ("up_sampling2d: {interpolation: area}", [7, 7, 3], "area"),
      ("up_sampling1d: {interpolation: bilinear}", [7, 3], "interpolation"),
    ])
  func errors(_ text: String, _ input: [Int], _ words: String) throws {
    do {
      _ = try layer(text).outputShape(for: input)
      Issue.record("nothing was thrown")
    } catch { #expect("\(error)".contains(words), "\(error)") }
  }

  @Test(
    "Channels that come first are refused",
    arguments: [
      "Conv2D", "DepthwiseConv2D", "MaxPooling2D", "GlobalAveragePooling1D", "ZeroPadding2D",
      "UpSampling2D",
    ])
  func channelsFirst(_ className: String) throws {
    let options =
      className.contains("Conv")
      ? "\"filters\": 3, \"kernel_size\": [2, 2]," : "\"name\": \"a\","
    let depthwise = options.replacingOccurrences(of: "\"filters\": 3, ", with: "")
    let text = """
      {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "InputLayer", "config": {"batch_shape": [null, 4, 4, 2]}},
        {"class_name": "\(className)", "config": {
          \(className.hasPrefix("Depth") ? depthwise : options) "data_format": "channels_first"}}]}}
      """
    do {
      _ = try Network(kerasModelConfig: try Value(json: text))
      Issue.record("nothing was thrown")
    } catch { #expect("\(error)".contains("build the model with channels_last"), "\(error)") }
  }

  @Test("Weights and operations of a well-known network are counted as Keras counts them")
  func counts() throws {
    let network = try Network(inputShape: [28, 28, 1]) {
      Conv2D(filters: 32, kernelSize: [3], activation: .relu)
      Conv2D(filters: 64, kernelSize: [3], activation: .relu)
      MaxPooling2D()
      Flatten()
      Dense(units: 128, activation: .relu)
      Dense(units: 10, activation: .softmax)
    }
    #expect(network.layers.map(\.parameterCount) == [320, 18496, 0, 0, 1_179_776, 1290])
    let table = network.table
    #expect(table[0].operationCount == 26 * 26 * 32 * (2 * 9 + 1))
    #expect(table[1].operationCount == 24 * 24 * 64 * (2 * 9 * 32 + 1))
    #expect(table[2].operationCount == 24 * 24 * 64)
    let separable = SeparableConv2D(filters: 8, kernelSize: [3], depthMultiplier: 2)
    // 2 x 2 places: 8 numbers between of 9 taps, and 8 filters of 8 numbers and a bias.
    #expect(separable.operationCount(for: [[4, 4, 4]]) == 4 * (2 * 8 * 9 + 8 * (2 * 8 + 1)))
    let transposed = Conv1DTranspose(filters: 3, kernelSize: [2], useBias: false)
    #expect(transposed.operationCount(for: [[5, 4]]) == 2 * 5 * 4 * 2 * 3)
  }

  @Test(
    "A number that is none comes through",
    arguments: [
      "conv2d: {filters: 3, kernel_size: 2, activation: relu}",
      "depthwise_conv2d: {kernel_size: 2, activation: relu}",
      "separable_conv2d: {filters: 3, kernel_size: 2, activation: relu}",
      "conv2d_transpose: {filters: 3, kernel_size: 2, activation: relu}", "max_pooling2d",
      "average_pooling2d", "global_max_pooling2d", "global_average_pooling2d", "zero_padding2d",
      "up_sampling2d", "up_sampling2d: {interpolation: bicubic}", "prelu",
    ])
  func notANumber(_ text: String) throws {
    let trial = try Trial([try layer(text)], inputShape: [4, 4, 2], loss: Self.mse)
    let count = trial.network.outputCount
    trial.executor.features[32 + 10] = .nan
    #expect(trial.meanLoss().isNaN)
    // Other samples do not see it.
    #expect(trial.executor.outputs[..<count].allSatisfy { !$0.isNaN })
    #expect(trial.executor.outputs[count..<2 * count].contains { $0.isNaN })
  }

  @Test("Convolutions and pooling in a row compute what they compute apart", arguments: [1, 3, 16])
  func layouts(_ channels: Int) throws {
    let chain: [any LayerConfiguration] = [
      Conv2D(filters: 16, kernelSize: [3], activation: .relu, biasInitializer: .ones),
      Conv2D(filters: 32, kernelSize: [2], padding: .same, activation: Activation(.gelu)),
      Conv2D(filters: 16, kernelSize: [1], activation: .relu),
      MaxPooling2D(poolSize: [3], strides: [2], padding: .same),
      Conv2D(filters: 16, kernelSize: [3], padding: .same, activation: .tanh),
      AveragePooling2D(), Conv2D(filters: 8, kernelSize: [1], groups: 2, activation: .relu),
      MaxPooling2D(),
    ]
    let end: [any LayerConfiguration] = [Flatten(), Dense(units: 3)]
    let row = try Trial(chain + end, inputShape: [11, 10, channels], loss: Self.mse)
    // Dropout that drops nothing reads and writes plain rows of channels.
    let apart = try Trial(
      chain.flatMap { [$0, Dropout(rate: 0)] } + end, inputShape: [11, 10, channels],
      loss: Self.mse)
    let count = row.network.parameterCount
    for i in 0..<count { apart.parameters[i] = row.parameters[i] }
    #expect(abs(row.meanLoss() - apart.meanLoss()) < 1e-5)
    #expect(zip(row.executor.outputs, apart.executor.outputs).allSatisfy { abs($0 - $1) < 1e-5 })
    let largest = apart.gradient.map(abs).max() ?? 0
    for (a, b) in zip(row.gradient, apart.gradient) { #expect(abs(a - b) < 1e-5 * largest) }
    #expect(largest > 0.01)
    // A smaller batch in the same memory, and no training.
    let small = try Executor(sharing: row.executor, batchSize: 2)
    small.forward()
    let predicted = Array(small.outputs)
    apart.executor.forward()
    #expect(zip(predicted, apart.executor.outputs).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test("A small convolutional network learns where a bright spot is")
  func learning() throws {
    let trial = try Trial(
      [
        Conv2D(filters: 8, kernelSize: [3], padding: .same, activation: .relu), MaxPooling2D(),
        Conv2D(filters: 8, kernelSize: [3], activation: .relu), Flatten(),
        Dense(units: 4, activation: .softmax),
      ], inputShape: [8, 8, 1], batchSize: 64, loss: Loss(.sparseCategoricalCrossentropy))
    var generator = RandomGenerator(seed: 5)
    for row in 0..<64 {
      let quarter = generator.below(4)
      trial.executor.targets[row] = Float(quarter)
      let (y, x) = (quarter / 2 * 4 + generator.below(4), quarter % 2 * 4 + generator.below(4))
      for i in 0..<64 { trial.executor.features[row * 64 + i] = i == y * 8 + x ? 1 : 0 }
    }
    let adam = Adam(learningRate: 0.01)
    let count = trial.network.parameterCount
    var state = [Float](repeating: 0, count: count * adam.slotCount + 1)
    let parameters = try #require(trial.parameters.baseAddress)
    let gradient = try #require(trial.gradient.baseAddress)
    for step in 1...150 {
      _ = trial.executor.step(seed: 1, step: UInt64(step))
      adam.update(
        parameters: parameters, gradient: gradient, state: &state, count: count, step: step)
    }
    #expect(trial.meanLoss() < 0.1)
  }
}
