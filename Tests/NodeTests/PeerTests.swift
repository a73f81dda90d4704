import Ledger
import Store
import Testing

@testable import Node

@Suite struct PeerTests {
  private func node(_ number: UInt64) -> NodeID {
    NodeID(Hash256(word0: number, word1: 0, word2: 0, word3: 0))
  }

  /// The region's computer was replaced: the one that answers now is listed, the former one is not.
  @Test func aComputerThatWasReplacedIsListedNoMore() throws {
    let offices = try TestOffices()
    let store = offices.region.store
    let address = "region.example:7400"
    let listed = try store.write { commit in
      try commit.listPeer(address: address)
      try commit.bind(address: address, to: node(1))
      try commit.bind(address: address, to: node(2))
      return try commit.snapshot.peers(listedOnly: true)
    }
    #expect(listed.map(\.node) == [node(2)])
    #expect(listed.map(\.address) == [address])
    #expect(try store.read { try $0.peer(node: node(1)) } != nil)
  }
}
