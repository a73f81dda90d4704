/// Finds numbers in a text that belong to a person: identity cards and mobile telephones.
enum PersonalNumbers {
  /// The text with all but the first digits of such numbers replaced; other numbers (cases, bar codes, batches)
  /// stay.
  static func hidden(_ text: String) -> String {
    guard hasLongNumber(text) else { return text }
    var out = ""
    var run = ""
    for character in text {
      if character.isASCII, character.isNumber || (run.count == 17 && (character == "X" || character == "x"))
      {
        run.append(character)
      } else {
        out += shown(run)
        run = ""
        out.append(character)
      }
    }
    return out + shown(run)
  }

  /// Most texts hold no number that could be a person's.
  private static func hasLongNumber(_ text: String) -> Bool {
    var digits = 0
    for byte in text.utf8 {
      digits = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? digits + 1 : 0
      if digits == 11 { return true }
    }
    return false
  }

  private static func shown(_ run: String) -> String {
    guard isIdentityCard(run) || isMobile(run) else { return run }
    return run.prefix(3) + String(repeating: "*", count: run.count - 3)
  }

  private static func isMobile(_ run: String) -> Bool {
    run.count == 11 && run.first == "1" && run.dropFirst().first.map { ("3"..."9").contains($0) } == true
  }

  /// GB 11643: a division, a day of birth, a serial number, a check digit.
  private static func isIdentityCard(_ run: String) -> Bool {
    guard run.count == 18 else { return false }
    let birth = run.dropFirst(6).prefix(8)
    guard let year = Int(birth.prefix(4)), let month = Int(birth.dropFirst(4).prefix(2)),
      let day = Int(birth.suffix(2))
    else { return false }
    return (1900...2199).contains(year) && (1...12).contains(month) && (1...31).contains(day)
  }
}
