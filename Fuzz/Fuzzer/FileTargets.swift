private import Configuration
private import Distributed
private import HDF5

extension FuzzTarget {
  /// HDF5: any file, and one that says to hold a model.
  ///
  /// The C library itself crashes on some; `scripts/fuzz.sh` tells those from what is ours.
  static let files = [
    FuzzTarget(name: "hdf5") { bytes in
      let path = InputFile.write(bytes)
      FileWalk.run(path)
      let outline = try Outline(of: try File(opening: path))
      _ = (outline.text, outline.value.json)
    },
    FuzzTarget(name: "model") { bytes in
      let path = InputFile.write(bytes)
      let model = try TrainedModel(reading: path)
      _ = model.isClassifier
    },
  ]
}
