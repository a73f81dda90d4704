/// Texts compared by their bytes. Swift's `==` takes two spellings of one character for equal, which other
/// implementations of the protocol do not; and it is slower where texts differ.
extension String {
  func hasSameBytes(as other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    var (a, b) = (self, other)
    return a.withUTF8 { a in b.withUTF8 { b in a.elementsEqual(b) } }
  }

  func hashBytes(into hasher: inout Hasher) {
    var text = self
    text.withUTF8 {
      hasher.combine($0.count)
      hasher.combine(bytes: UnsafeRawBufferPointer($0))
    }
  }
}
