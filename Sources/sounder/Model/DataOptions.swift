internal import ArgumentParser
internal import Distributed

/// Which rows of which data set a trained model is fed with: shared by the commands that do so.
struct DataOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The model file.", valueName: "model.h5"))
  var modelPath: String

  @Argument(help: ArgumentHelp("The data file.", valueName: "data.h5"))
  var dataPath: String

  @Option(help: "The data set of features (default: as in the model's job).")
  var features: String?

  @Option(help: ArgumentHelp("Only these rows, as in 0:1000.", valueName: "from:to"))
  var rows: RowSelection?

  /// Finds the data sets for `model`, and says what was not the user's choice.
  func selection(
    for model: TrainedModel, target: String?, needsTarget: Bool, remarks: Bool
  ) throws -> DataSelection {
    let selection = try DataSelection(
      dataPath, for: model, features: features, target: target, needsTarget: needsTarget)
    if remarks, let remark = selection.remark { StandardError.write(remark + "\n") }
    return selection
  }
}
