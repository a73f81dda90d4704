extension ContentLimits {
  /// Changes that one change names as those that made its records (`madeHere`), itself aside: each has to be read
  /// to find the record. A writer names further records by their ids.
  public static let makers = 16

  /// - Throws: `tooManyMakers`.
  static func checkMakers(_ content: ChangeContent, of n: UInt64) throws(ChangeBody.Fault) {
    var makers: Set<UInt64> = []
    for mutation in content.mutations {
      guard case .madeHere(let maker, _) = mutation.target, maker != n else { continue }
      makers.insert(maker)
      guard makers.count <= ContentLimits.makers else { throw .tooManyMakers }
    }
  }
}
