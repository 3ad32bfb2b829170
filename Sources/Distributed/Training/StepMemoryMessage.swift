internal import NN

extension StepMemory {
  /// Tells all ranks what the first worker's step takes.
  ///
  /// Collective over the world; a rank that computes nothing gives nil. Layers are not told of.
  static func told(
    _ own: StepMemory?, on world: borrowing Communicator, by firstWorker: Int
  ) throws -> StepMemory? {
    var numbers = [0, 0, 0, 0, 0, 0]
    if let own {
      numbers = [
        own.parameters, own.gradient, own.optimizerState, own.liveValues, own.kept, own.planned,
      ]
    }
    if world.size > 1 { numbers = try world.broadcast(numbers, from: firstWorker) }
    return StepMemory(
      parameters: numbers[0], gradient: numbers[1], optimizerState: numbers[2],
      liveValues: numbers[3], kept: numbers[4], planned: numbers[5], layers: own?.layers ?? [])
  }
}
