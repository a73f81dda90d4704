import Foundation
import Ledger
import Store
import Testing
import Trust

@testable import Node

func certifiedScope(_ node: LocalNode) throws -> Scope {
  try #require(node.identity.chain.first?.office?.scope)
}

/// Every two that read the same hold the same, and everybody's store is as it should be.
func expectAgreement(_ nodes: LocalNode..., within reader: LocalNode) throws {
  let scope = try certifiedScope(reader)
  for node in nodes {
    let both = try certifiedScope(node)
    func fingerprint(_ node: LocalNode) throws -> Hash256 {
      try node.store.read { try $0.fingerprint { scope.mayRead($0) && both.mayRead($0) } }
    }
    #expect(try fingerprint(node) == fingerprint(reader), "\(node.facts.name)")
  }
  for node in nodes + [reader] {
    let problems = try node.verify().problems
    #expect(problems.isEmpty, "\(node.facts.name): \(problems)")
  }
}

/// What `sync` does at its end.
@discardableResult
func met(_ a: LocalNode, _ b: LocalNode) async throws -> (a: SessionSummary, b: SessionSummary) {
  defer {
    a.tidyUp()
    b.tidyUp()
  }
  return try await sync(a, b)
}
