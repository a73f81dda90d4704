import Campaign
import Foundation

/// What a typed line means, before any field is asked whether it takes it.
enum EntryAnswer {
  /// Why a line is not what the person typed.
  enum Fault: Error {
    /// A terminal hands on so many bytes of a line and drops the rest without a word.
    case cut
    /// An arrow key, or another that sends no text.
    case control
    case notUTF8
  }

  /// Linux's limit of a line in the canonical mode, the line's end counted.
  private static let terminalLine = 4095

  static func text(of line: [UInt8]) -> Result<String, Fault> {
    if line.count >= terminalLine - 1 { return .failure(.cut) }
    guard let text = String(validating: line, as: UTF8.self) else { return .failure(.notUTF8) }
    let hasControl = text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7f }
    return hasControl ? .failure(.control) : .success(text)
  }

  /// nil where it says neither.
  static func isYes(_ answer: String) -> Bool? {
    switch answer.trimmingCharacters(in: .whitespaces).lowercased() {
    case "是", "y", "yes", "好", "对": true
    case "否", "n", "no", "不", "q": false
    default: nil
    }
  }

  /// The text that an answer stands for: numbers for the choices as they were listed, `@FILE` for the text in a
  /// file, for it is long or has several lines.
  ///
  /// - Returns: nil where there is no such file, or it holds no text.
  static func text(_ answer: String, of field: Field, _ choices: [Finding.Named]) -> String? {
    if field.type == .text, answer.hasPrefix("@") {
      let name = String(answer.dropFirst())
      // `@@` begins a text that begins with it.
      if name.hasPrefix("@") { return name }
      return FileManager.default.contents(atPath: name).flatMap { String(validating: $0, as: UTF8.self) }
    }
    guard EntryPrompt.isShort(choices) else { return answer }
    let parts = answer.split { ",;，；、 ".contains($0) }
    let numbers = parts.map { part in
      part.reduce(0 as Int?) { sum, digit in
        guard let sum, sum < 1000, let digit = digit.wholeNumberValue else { return nil }
        return sum * 10 + digit
      }
    }
    let codes = numbers.compactMap { number in
      number.flatMap { (1...choices.count).contains($0) ? choices[$0 - 1].code : nil }
    }
    return codes.isEmpty || codes.count < parts.count ? answer : codes.joined(separator: ",")
  }
}
