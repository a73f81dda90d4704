/// Text is kept as it was typed, without the blanks around it.
enum TextForm {
  /// Leaves room for a record's other texts within the largest change (1 MiB).
  static let maxByteCount = 256 * 1024

  static func text(
    _ bytes: UnsafeBufferPointer<UInt8>, spelled text: String? = nil
  ) throws(FormFault) -> String {
    let kept = Blanks.trimmed(bytes)
    guard kept.count <= maxByteCount else { throw FormFault(.tooLong, .limit(Int64(maxByteCount))) }
    for byte in kept where byte == 0 { throw FormFault(.nul) }
    if kept.count == bytes.count, let text { return text }
    return String(decoding: kept, as: UTF8.self)
  }
}
