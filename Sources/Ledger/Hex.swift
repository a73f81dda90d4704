extension Collection<UInt8> {
  /// Two lower-case hex digits a byte.
  public var hex: String {
    let digits: StaticString = "0123456789abcdef"
    return String(unsafeUninitializedCapacity: count * 2) { out in
      var i = 0
      for byte in self {
        out[i] = digits.utf8Start[Int(byte >> 4)]
        out[i + 1] = digits.utf8Start[Int(byte & 15)]
        i += 2
      }
      return i
    }
  }
}

extension [UInt8] {
  /// - Returns: nil unless `hex` is an even number of hex digits, of either case.
  public init?(hex: some StringProtocol) {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in hex.utf8 {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    guard high == nil else { return nil }
    self = bytes
  }
}
