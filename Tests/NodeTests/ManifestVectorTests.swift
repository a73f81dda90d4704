import Foundation
import Ledger
import TestSupport
import Testing

@testable import Node

@Suite struct ManifestVectorTests {
  @Test func theManifestIsWhatTheCodeMakes() throws {
    let manifest = BundleManifest(
      maker: NodeID(Hash256(hashing: [1])), makerName: "那曲市局", recipient: NodeID(Hash256(hashing: [2])),
      recipientName: "自治区", madeAt: 1_756_700_000_123, changes: 300, content: Hash256(hashing: [3]))
    try VectorFile.check(
      "manifests",
      [
        [
          "maker": manifest.maker.description, "maker_name": manifest.makerName,
          "recipient": manifest.recipient.description, "recipient_name": manifest.recipientName,
          "made_at": Int(manifest.madeAt), "changes": manifest.changes, "content": "\(manifest.content)",
          "manifest": manifest.encoded.hex,
        ]
      ])
  }
}
