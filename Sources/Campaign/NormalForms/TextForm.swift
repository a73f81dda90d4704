/// Text is kept as it was typed, without the blanks around it.
enum TextForm {
  /// Leaves room for a record's other texts within the largest change (1 MiB).
  static let maxByteCount = 256 * 1024

  static func text(_ original: String, _ bytes: UnsafeBufferPointer<UInt8>) throws(FormFault) -> String {
    let kept = Blanks.trimmed(bytes)
    guard kept.count <= maxByteCount else { throw FormFault(.tooLong, .limit(Int64(maxByteCount))) }
    for byte in kept where byte == 0 { throw FormFault(.nul) }
    return kept.count == bytes.count ? original : String(decoding: kept, as: UTF8.self)
  }
}
