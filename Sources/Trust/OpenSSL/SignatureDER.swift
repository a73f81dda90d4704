internal import Ledger

/// The DER form of a signature that OpenSSL speaks: SEQUENCE of two INTEGERs. By hand, for it is made and
/// read once a signature.
extension Signature {
  static let maxDERCount = 72

  var der: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Signature.maxDERCount) { out, count in
      count = 2
      for half in [bytes[..<32], bytes[32...]] {
        // The shortest spelling, and never negative; 0 is one zero byte.
        let digits = half.drop { $0 == 0 }
        let pad = digits.first.map { $0 >= 0x80 } ?? true
        out.initializeElement(at: count, to: 2)
        out.initializeElement(at: count + 1, to: UInt8(digits.count + (pad ? 1 : 0)))
        count += 2
        if pad {
          out.initializeElement(at: count, to: 0)
          count += 1
        }
        for digit in digits {
          out.initializeElement(at: count, to: digit)
          count += 1
        }
      }
      out.initializeElement(at: 0, to: 0x30)
      out.initializeElement(at: 1, to: UInt8(count - 2))
    }
  }

  /// - Returns: nil where `der` is no signature over P-256.
  init?(der: some Collection<UInt8>) {
    let der = Array(der)
    guard der.count > 8, der[0] == 0x30, Int(der[1]) == der.count - 2 else { return nil }
    var at = 2
    var raw: [UInt8] = []
    for _ in 0..<2 {
      guard at + 2 <= der.count, der[at] == 2 else { return nil }
      let end = at + 2 + Int(der[at + 1])
      guard end <= der.count else { return nil }
      let digits = der[(at + 2)..<end].drop { $0 == 0 }
      guard digits.count <= 32 else { return nil }
      raw += [UInt8](repeating: 0, count: 32 - digits.count) + digits
      at = end
    }
    guard at == der.count else { return nil }
    self.init(raw)
  }
}
