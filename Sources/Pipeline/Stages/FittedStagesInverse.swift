extension FittedStages {
  /// What leads from rows behind the stages back to rows as the file has them; nil where a stage is more
  /// than `scale * x + offset`.
  public var inverse: Affine? {
    var whole = Affine.identity
    for stage in stages {
      guard let affine = stage.affine else { return nil }
      whole = whole.followed(by: affine)
    }
    guard whole.scale.allSatisfy({ $0 != 0 && $0.isFinite }) else { return nil }
    return Affine(
      scale: whole.scale.map { 1 / $0 }, offset: zip(whole.scale, whole.offset).map { -$1 / $0 })
  }
}
