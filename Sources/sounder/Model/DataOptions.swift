internal import ArgumentParser
internal import Distributed
private import Pipeline

/// Which rows of which data set a trained model is fed with: shared by the commands that do so.
struct DataOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The model file.", valueName: "model.h5"))
  var modelPath: String

  @Argument(
    help: ArgumentHelp(
      "The data file, or several: a pattern, 'part-*.h5', or a list, files.txt.",
      valueName: "data.h5"))
  var dataPath: String

  @Option(help: "The data set of features (default: as in the model's job).")
  var features: String?

  @Option(help: ArgumentHelp("Only these rows, as in 0:1000.", valueName: "from:to"))
  var rows: RowSelection?

  /// The model and all data files; what a pattern without matches stands for, reading will say.
  var inputPaths: [String] {
    let source = DataSource(file: dataPath, features: "", target: nil)
    return [modelPath, dataPath] + ((try? source.paths()) ?? [])
  }

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
