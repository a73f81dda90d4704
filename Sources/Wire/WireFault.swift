internal import FoundationEssentials
internal import Ledger

/// Why a frame's payload is no message.
public enum WireFault: Error, Hashable, Sendable {
  case unknownType(UInt8)
  case malformed(type: UInt8)
  /// Beyond a limit; SPEC.md lists the names.
  case limit(name: String, value: Int, limit: Int)
  case badCompression

  /// - Throws: `limit` where `value` is beyond it.
  static func check(_ name: String, _ value: Int, limit: Int) throws(WireFault) {
    guard value <= limit else { throw .limit(name: name, value: value, limit: limit) }
  }

  /// Bytes that are no receipt are for the reader to pass over.
  /// - Throws: `limit` where a receipt has more heads than one may have.
  static func check(receipt bytes: Data) throws(WireFault) {
    guard let receipt = try? Receipt(encoded: [UInt8](bytes)) else { return }
    try check("logs", receipt.headCount, limit: Limits.logsPerMessage)
  }
}
