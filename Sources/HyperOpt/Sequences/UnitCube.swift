extension SearchSpace {
  /// The assignment at a point of the unit cube that has one coordinate per parameter, active or not.
  package func assignment(atUnit point: [Double]) -> Assignment {
    precondition(point.count >= parameters.count, "\(point.count) of \(parameters.count) places")
    var result = Assignment()
    for (parameter, place) in zip(parameters, point) where isActive(parameter, in: result) {
      result[parameter.name] = parameter.distribution.internalValue(atUnit: place)
    }
    return result
  }

  /// The assignment number `index` that is not forbidden along a sequence of points.
  ///
  /// Counted from the start, so that the allowed points keep their even spread and none comes twice.
  package func allowedAssignment(
    _ index: Int, along point: (Int) -> [Double]
  ) throws(StudyError) -> Assignment {
    if forbidden.isEmpty { return assignment(atUnit: point(index)) }
    var missed = 0
    var remaining = index
    for place in 0... {
      let candidate = assignment(atUnit: point(place))
      if isForbidden(candidate) {
        missed += 1
        if missed == 10_000 { break }
      } else if remaining == 0 {
        return candidate
      } else {
        missed = 0
        remaining -= 1
      }
    }
    throw .nothingAllowed
  }
}
