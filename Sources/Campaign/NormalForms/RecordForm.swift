import Ledger

/// A reference to another record: its whole id. (Prefixes are resolved by whoever knows the store.)
enum RecordForm {
  static func record(_ text: UnsafeBufferPointer<UInt8>) throws(FormFault) -> RecordID {
    guard let id = RecordID(String(decoding: Folding.folded(text), as: UTF8.self)) else {
      throw FormFault(.notARecord)
    }
    return id
  }
}
