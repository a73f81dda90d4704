/// Shapes of names that were made before: the same places and organisers come again and again.
public struct ShapeMemo: Sendable {
  /// Memory does not grow with the number of names.
  private static let limit = 4096

  /// By their bytes: Swift's texts are equal where their bytes are not, and shapes are made of bytes.
  private var shapes: [[UInt8]: NameShape] = [:]

  public init() {}

  mutating func shape(_ name: String) -> NameShape {
    let bytes = Array(name.utf8)
    if let known = shapes[bytes] { return known }
    let shape = NameShape(name)
    if shapes.count == ShapeMemo.limit { shapes.removeAll(keepingCapacity: true) }
    shapes[bytes] = shape
    return shape
  }
}
