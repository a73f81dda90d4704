/// Finds numbers in a text that belong to a person: identity cards and mobile telephones, however they are
/// written: in full-width or other digits, parted by blanks or hyphens, with the country's prefix.
enum PersonalNumbers {
  /// The text with all but the first three digits of such numbers replaced; other numbers (cases, bar codes,
  /// batches) stay.
  static func hidden(_ text: String) -> String {
    guard mayHold(text) else { return text }
    var characters = Array(text)
    for number in numbers(in: characters) {
      var first = 0
      while first < number.count {
        guard let (count, shown) = personal(number[first...]) else {
          first += 1
          continue
        }
        let places = number[first..<first + count].flatMap(\.places)
        for place in places.dropFirst(shown) { characters[place] = "*" }
        first += count
      }
    }
    return String(characters)
  }

  /// Digits without anything between them, and where they stand.
  private struct Group {
    var digits: String
    var places: [Int]
  }

  /// - Returns: how many groups from the first on make up a person's number, and how many of its digits stay.
  private static func personal(_ groups: ArraySlice<Group>) -> (groups: Int, shown: Int)? {
    var digits = ""
    for (count, group) in groups.enumerated() {
      digits += group.digits
      guard digits.count <= longest else { return nil }
      if isIdentityCard(digits) { return (count + 1, 3) }
      if let prefix = prefixOfMobile(digits), isDialled(groups.prefix(count + 1), behind: prefix) {
        return (count + 1, prefix + 3)
      }
    }
    return nil
  }

  private static let mobileDigits = 11
  private static let cardDigits = 18
  private static let longest = cardDigits
  /// So many signs part the groups of one number at most.
  private static let widestGap = 3
  private static let countryPrefixes = ["", "0", "86", "086", "0086"]

  /// The length of the prefix that a mobile telephone's number stands behind; nil where it is none.
  private static func prefixOfMobile(_ digits: String) -> Int? {
    let prefix = digits.count - mobileDigits
    guard prefix >= 0, countryPrefixes.contains(String(digits.prefix(prefix))) else { return nil }
    let number = digits.dropFirst(prefix)
    return number.first == "1" && number.dropFirst().first.map { ("3"..."9").contains($0) } == true
      ? prefix : nil
  }

  /// Telephone numbers are written in groups of three and more; cases and dates have shorter ones.
  private static func isDialled(_ groups: ArraySlice<Group>, behind prefix: Int) -> Bool {
    let number = groups.first?.digits.count == prefix ? groups.dropFirst() : groups
    return number.allSatisfy { $0.digits.count >= 3 }
  }

  /// GB 11643: a division, a day of birth, a serial number, a check digit.
  private static func isIdentityCard(_ digits: String) -> Bool {
    guard digits.count == cardDigits, !digits.dropLast().contains("X") else { return false }
    let birth = digits.dropFirst(6).prefix(8)
    guard let year = Int(birth.prefix(4)), let month = Int(birth.dropFirst(4).prefix(2)),
      let day = Int(birth.suffix(2))
    else { return false }
    return (1900...2199).contains(year) && (1...12).contains(month) && (1...31).contains(day)
  }

  /// Most texts hold too few digits for any number of a person's.
  private static func mayHold(_ text: String) -> Bool {
    var digits = 0
    for scalar in text.unicodeScalars where digit(scalar) != nil {
      digits += 1
      if digits == mobileDigits { return true }
    }
    return false
  }

  private static func digit(_ scalar: Unicode.Scalar) -> Int? {
    switch scalar.value {
    case 0x30...0x39: return Int(scalar.value) - 0x30
    // Between lie the scripts of East Asia, which have no digits of their own that count here.
    case 0x660..<0x2000, 0xff00...0x1ffff:
      guard scalar.properties.numericType == .decimal else { return nil }
      return scalar.properties.numericValue.map { Int($0) }
    default: return nil
    }
  }

  private static func digit(_ character: Character) -> Int? {
    let scalars = character.unicodeScalars
    return scalars.count == 1 ? scalars.first.flatMap { digit($0) } : nil
  }

  private static func isSeparator(_ character: Character) -> Bool {
    switch character {
    case " ", "\u{a0}", "\u{3000}", "\u{200b}", "\t", "-", "\u{2010}", "\u{2011}", "\u{2013}", "\u{2014}",
      "\u{2212}", "－", ".", "·":
      true
    default: false
    }
  }

  /// Groups of digits that only a few separators part, number by number.
  private static func numbers(in characters: [Character]) -> [[Group]] {
    var numbers: [[Group]] = []
    var number: [Group] = []
    var gap = 0
    for (place, character) in characters.enumerated() {
      if let sign = digit(character).map(String.init) ?? checkSign(character, after: number, gap) {
        if gap == 0, !number.isEmpty {
          number[number.count - 1].digits += sign
          number[number.count - 1].places.append(place)
        } else {
          number.append(Group(digits: sign, places: [place]))
        }
        gap = 0
      } else if isSeparator(character), gap < widestGap, !number.isEmpty {
        gap += 1
      } else if !number.isEmpty {
        numbers.append(number)
        number = []
        gap = 0
      }
    }
    return number.isEmpty ? numbers : numbers + [number]
  }

  /// An X stands for ten as the last digit of an identity card.
  private static func checkSign(_ character: Character, after number: [Group], _ gap: Int) -> String? {
    guard gap == 0, ["X", "x", "Ｘ", "ｘ"].contains(character) else { return nil }
    var digits = 0
    for group in number.reversed() {
      digits += group.digits.count
      if digits == cardDigits - 1 { return "X" }
    }
    return nil
  }
}
