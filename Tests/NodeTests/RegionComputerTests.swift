import Foundation
import Ledger
import Store
import Testing
import Trust

@testable import Node

/// A second computer at the region: the region, which has the CA's key beside it, stands above it; not the other way
/// round, and not one second computer above another.
@Suite struct RegionComputerTests {
  private let offices: TestOffices
  private var region: LocalNode { offices.region }

  init() throws { offices = try TestOffices() }

  private func isRevoked(_ node: LocalNode, at holder: LocalNode) throws -> Bool? {
    try holder.store.read { try $0.office(node.facts.node)?.isRevoked }
  }

  private func isRefused(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return false
    } catch {
      if case NodeError.mayNotRevoke = error { return true }
      return false
    }
  }

  @Test func invariant5TheRegionRevokesItsOtherComputersAndNoneOfThemTheRegion() async throws {
    let second = try offices.enrolled("540000", "自治区", mayEnrol: true)
    let third = try offices.enrolled("540000", "自治区三号", mayEnrol: true)
    let witness = try offices.enrolled("540100", "见证")
    for node in [second, third, witness] { try await met(node, region) }
    for node in [region, third] {
      #expect(isRefused { _ = try second.revoke(node.facts.node.description, reason: "") })
    }
    // Another client says it all the same.
    var log = ForkedLog(author: second, section: .notices)
    var end: Int?
    for node in [region.facts.node, third.facts.node] {
      let word = Revocation(node: node, honoured: [], reason: "")
      end = try log.append(after: end, [], statements: [.revocation(word)])
    }
    for node in [region, witness] { try node.take([log.batch(after: nil, to: try #require(end))]) }
    for node in [region, witness] {
      #expect(try isRevoked(region, at: node) == false && isRevoked(third, at: node) == false)
    }
    _ = try region.revoke(second.facts.node.description, reason: "失窃")
    try await met(witness, region)
    for node in [region, witness] {
      #expect(try isRevoked(second, at: node) == true && isRevoked(region, at: node) == false)
      #expect(try node.verify().problems.isEmpty, "\(node.facts.name)")
    }
    #expect(await refusal { _ = try await sync(second, region) } == "revoked")
  }
}
