/// A title or name as the search for duplicates sees it: without case, width, blanks and marks, as the set of its
/// pairs of neighbouring characters.
struct NameShape: Hashable, Sendable {
  /// Of the whole text; 0 for an empty one.
  let hash: UInt64
  /// Hashes of the pairs, ascending, each once. A single character is a pair with nothing.
  let grams: [UInt32]
  /// Hash of the numbers in it, in order; 0 where it has none.
  let numbers: UInt64

  var isEmpty: Bool { hash == 0 }

  init(_ text: String) {
    let folded = SearchFolding.folded(text)
    let scalars = NameShape.letters(of: folded)
    guard !scalars.isEmpty else {
      hash = 0
      grams = []
      numbers = 0
      return
    }
    // FNV-1a (Fowler, Noll, Vo), a scalar at a time.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for scalar in scalars { hash = (hash ^ UInt64(scalar)) &* 0x0000_0100_0000_01b3 }
    self.hash = hash == 0 ? 1 : hash
    numbers = NameShape.numbers(in: folded)
    var grams = zip(scalars, scalars.dropFirst()).map(NameShape.gram)
    if grams.isEmpty { grams = [NameShape.gram(scalars[0], 0)] }
    grams.sort()
    var last: UInt32?
    self.grams = grams.prefix(NameShape.maxGrams).filter { gram in
      defer { last = gram }
      return gram != last
    }
  }

  private static func numbers(in folded: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0
    var isInNumber = false
    for byte in folded {
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      if isDigit {
        if !isInNumber { hash = hash &* 0x0000_0100_0000_01b3 &+ 1 }
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
      }
      isInNumber = isDigit
    }
    return hash
  }

  /// Whether both have numbers, and other ones: the third and the fourth of a series are two.
  func isOther(ofSeries other: NameShape) -> Bool {
    numbers != other.numbers && numbers != 0 && other.numbers != 0
  }

  /// A title of thousands of characters is compared by a part of its pairs; hashes choose which.
  private static let maxGrams = 256

  private static func gram(_ a: UInt32, _ b: UInt32) -> UInt32 { mixed(a << 21 ^ a >> 11 ^ b) }

  /// A mix of all bits (the constants are lowbias32, by Wellons).
  private static func mixed(_ value: UInt32) -> UInt32 {
    var value = value
    value = (value ^ value >> 16) &* 0x7feb_352d
    value = (value ^ value >> 15) &* 0x846c_a68b
    return value ^ value >> 16
  }

  private static func letters(of folded: [UInt8]) -> [UInt32] {
    String(decoding: folded, as: UTF8.self).unicodeScalars.compactMap { scalar in
      isLetter(scalar) ? scalar.value : nil
    }
  }

  /// Letters and numbers of all scripts. What most text is made of is not looked up: of ASCII it is plain, and the
  /// block CJK Unified Ideographs up to U+9FFF is letters throughout (Unicode 15, and so it will stay).
  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x4e00...0x9fff: true
    case 0..<0x80: false
    default: scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
  }

  /// How much two texts have in common: twice the common pairs in all pairs, 0 to 1.
  func similarity(to other: NameShape) -> Double {
    if hash == other.hash { return isEmpty ? 0 : 1 }
    let all = grams.count + other.grams.count
    return all == 0 ? 0 : 2 * Double(commonCount(with: other)) / Double(all)
  }

  /// Whether the other text is this one, or holds all of it; of a short one that says too little.
  func isPart(of other: NameShape) -> Bool {
    if hash == other.hash { return !isEmpty }
    return grams.count >= NameShape.leastPart && grams.count <= other.grams.count
      && commonCount(with: other) == grams.count
  }

  private static let leastPart = 3

  private func commonCount(with other: NameShape) -> Int {
    var common = 0
    var i = 0
    var j = 0
    while i < grams.count, j < other.grams.count {
      if grams[i] == other.grams[j] {
        common += 1
        i += 1
        j += 1
      } else if grams[i] < other.grams[j] {
        i += 1
      } else {
        j += 1
      }
    }
    return common
  }

  /// For each of four orders of all pairs, the least one here (min-wise hashing, after Broder): texts that have much in common share one of them
  /// nearly always, others seldom.
  var leastGrams: [UInt64] {
    guard !isEmpty else { return [] }
    return NameShape.orders.map { order in
      UInt64(grams.reduce(UInt32.max) { min($0, NameShape.mixed($1 ^ order)) })
    }
  }

  private static let orders: [UInt32] = [0x1b87_3593, 0x5bd1_e995, 0xc2b2_ae35, 0x27d4_eb2f]
}
