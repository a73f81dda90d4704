/// Shapes of names that were made before: the same places and organisers come again and again.
public struct ShapeMemo: Sendable {
  /// Memory does not grow with the number of names.
  private static let limit = 4096

  private var shapes: [String: NameShape] = [:]

  public init() {}

  mutating func shape(_ name: String) -> NameShape {
    if let known = shapes[name] { return known }
    let shape = NameShape(name)
    if shapes.count == ShapeMemo.limit { shapes.removeAll(keepingCapacity: true) }
    shapes[name] = shape
    return shape
  }
}
