private import Configuration
private import HDF5

extension FuzzTarget {
  /// HDF5: any file.
  ///
  /// The C library itself crashes on some; `scripts/fuzz.sh` tells those from what is ours.
  static let files = [
    FuzzTarget(name: "hdf5") { bytes in
      let path = InputFile.write(bytes)
      FileWalk.run(path)
      let outline = try Outline(of: try File(opening: path))
      _ = (outline.text, outline.value.json)
    }
  ]
}
