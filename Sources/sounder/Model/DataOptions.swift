internal import ArgumentParser
internal import Distributed
private import Pipeline

/// Which rows of which data set a trained model is fed with: shared by the commands that do so.
struct DataOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The model file.", valueName: "model.h5"))
  var modelPath: String

  @Argument(
    help: ArgumentHelp(
      """
      The data file, HDF5 or CSV (also LIBSVM, NumPy, IDX; gzipped or not), or several: a pattern, \
      'part-*.h5', or a list, files.txt.
      """, valueName: "data"))
  var dataPath: String

  @Option(
    help: """
      The data set of features, or CSV columns in order, as in a,b,c. (default: as in the model's job)
      """)
  var features: String?

  @Option(help: ArgumentHelp("Only these rows, as in 0:1000.", valueName: "from:to"))
  var rows: RowSelection?

  @OptionGroup var raw: RawOptions

  /// The model and all data files; what a pattern without matches stands for, reading will say.
  var inputPaths: [String] {
    let source = DataSource(file: dataPath, features: "", target: nil)
    return [modelPath, dataPath] + ((try? source.paths()) ?? [])
  }
}
