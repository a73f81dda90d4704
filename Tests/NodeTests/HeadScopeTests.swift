import Ledger
import Replication
import Store
import Testing
import Trust
import Wire

@testable import Node

/// Invariant 10: not even where a log stands is told to who may not read it.
@Suite struct HeadScopeTests {
  private func head(_ node: LocalNode, of author: LocalNode) throws -> LogHead {
    try #require(
      try node.store.read { try $0.heads(of: author.facts.node) }.first { $0.log.space.section == .records })
  }

  @Test func invariant10AnOfficeIsNotToldWhereAnotherStands() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let nagqu = try offices.enrolled("540600", "那曲市局")
    try lhasa.addTraining("拉萨的")
    try nagqu.addTraining("那曲的")
    _ = try await sync(lhasa, region)
    _ = try await sync(nagqu, region)
    let (own, secret) = (try head(region, of: lhasa), try head(region, of: nagqu))

    // Lhasa's key, and a program that asks for what it may not read.
    let (mine, theirs) = QueueLink.pair()
    let peer = try TrustedPeer(chain: lhasa.identity.chain.map(\.der), node: region)
    async let answering: SessionSummary? = {
      var driver = try SessionDriver(region, link: theirs, peer: peer, isInitiator: false)
      defer { theirs.close() }
      return try? await driver.run()
    }()
    try await mine.send(
      .hello(
        Hello(
          store: [UInt8](repeating: 3, count: 16), cursor: nil, time: 0, unreceipted: [own, secret],
          watches: false)))
    try await mine.send(
      .offer(
        Offer([own, secret].map { OfferedRange(log: $0.log, from: 1, to: $0.n, toHash: $0.hash) })))
    var told: [LogID] = []
    var (isAnswered, isSigned) = (false, false)
    while !(isAnswered && isSigned), let frame = try await mine.receive() {
      switch try Message(type: frame.type, payload: frame.payload) {
      case .held(let held):
        isAnswered = true
        told += held.map(\.log)
      // What this office has signed for is offered to it first.
      case .offer: try await mine.send(.held([]))
      case .done(let done):
        isSigned = true
        told += try Receipt(encoded: done.receipt).heads.map(\.log)
      default: continue
      }
    }
    mine.close()
    _ = try await answering
    #expect(told.filter { $0 == own.log }.count == 2)
    #expect(!told.contains(secret.log))
  }
}
