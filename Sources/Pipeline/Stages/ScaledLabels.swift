extension PipelineConfiguration {
  /// The first stage of the target that makes other than class numbers of the numbers of `classCount` classes;
  /// nil: none is known to.
  ///
  /// Stages whose result depends on the labels that there are, such as `min_max` of two classes, are let pass.
  /// - Throws: `PipelineError` where the stages are those of a file that cannot be read.
  package func stageScalingLabels(classCount: Int) throws(PipelineError) -> String? {
    if let fitted = try fittedBefore() {
      var scaling = Self.scalingNames
      for stage in fitted.target.stages
      where [MinMax.name, MaxAbs.name].contains(type(of: stage).name) {
        let isWhole = stage.affine.map { $0.scale.allSatisfy { $0 == 1 } } ?? false
        if classCount > 2, !isWhole { scaling.insert(type(of: stage).name) }
      }
      return Self.firstScaling(fitted.target.stages.map { type(of: $0).name }, among: scaling)
    }
    var scaling = Self.scalingNames
    let reachesAll = target.compactMap { $0 as? MinMax }.allSatisfy {
      $0.range.upperBound >= Double(classCount - 1)
    }
    // Of two classes, 0 and 1, these make 0 and 1 again.
    if classCount > 2 {
      scaling.insert(MaxAbs.name)
      if !reachesAll { scaling.insert(MinMax.name) }
    }
    return Self.firstScaling(target.map { type(of: $0).name }, among: scaling)
  }

  /// Those behind which there are other numbers than whole ones from 0 on, whatever the classes are.
  private static let scalingNames: Set<String> = [
    Standardize.name, Normalize.name, Robust.name, Logarithm.name, Power.name, PCA.name,
  ]
  /// Those that make class numbers of any numbers, whatever stood before.
  private static let binningNames: Set<String> = [Bucketize.name, QuantileBins.name]

  private static func firstScaling(
    _ names: [String], among scaling: Set<String>
  ) -> String? {
    let start = names.lastIndex { binningNames.contains($0) }.map { $0 + 1 } ?? 0
    return names[start...].first { scaling.contains($0) }
  }
}
