internal import Ledger

/// Counts a repeated field before it is decoded: an empty submessage takes two bytes on the wire and a
/// hundred in memory.
enum FieldCount {
  /// - Throws: `limit` where `field` stands more often at the top of the message.
  static func check(_ bytes: [UInt8], field: UInt64, _ name: String, limit: Int) throws {
    let count = try bytes.withUnsafeBytes { raw in
      var reader = FieldReader(raw)
      var count = 0
      while let (number, _) = try reader.next() {
        if number == field { count += 1 }
      }
      return count
    }
    try WireFault.check(name, count, limit: limit)
  }
}
