internal import Foundation
internal import GRDB
internal import Ledger

/// Blobs without a detour over strings.
extension Hash256 {
  var data: Data { Data(bytes) }
}

func hash(_ bytes: [UInt8]) throws -> Hash256 {
  guard let hash = Hash256(bytes) else { throw StoreError.damaged("a hash of \(bytes.count) bytes") }
  return hash
}

func hash(_ data: Data) throws -> Hash256 {
  guard let hash = Hash256(data) else { throw StoreError.damaged("a hash of \(data.count) bytes") }
  return hash
}
