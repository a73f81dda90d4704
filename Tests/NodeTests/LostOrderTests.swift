import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// What the region ordered on a branch that its own ruling leaves out holds on: at who heard of it, and at who comes later.
@Suite struct LostOrderTests: RedactionScene {
  let offices: TestOffices
  let lhasa: LocalNode
  private let folder = TemporaryFolder()
  private var region: LocalNode { offices.region }

  init() throws {
    offices = try TestOffices()
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  /// Where the region's own notices stand.
  private func ownHead() throws -> LogHead {
    try region.store.read { snapshot in
      let log = try region.ownLog(region.notices, snapshot)
      return try #require(snapshot.heads(of: region.facts.node).first { $0.log == log })
    }
  }

  /// As many longer branches beside what the region said since as cut its log, and its ruling that keeps one of them.
  private func cut(after parting: LogHead) throws {
    let clones: [Batch] = try (0..<10).map { number in
      var end = parting
      var batch = Batch(
        log: end.log, startN: parting.n, startHash: parting.hash, bodies: [], signatures: [])
      for step in 0..<30 {
        let id = RecordID(milliseconds: 5, random: (UInt64(step), UInt64(number)))
        let content = ChangeContent(
          time: 1_756_700_000_000, mutations: [ForkedLog.creation(id, "\(number)")])
        let (change, signature) = try end.append(content, seed: [UInt8](repeating: 7, count: 16)) {
          try region.identity.key.sign($0)
        }
        batch.bodies.append(change.body)
        batch.signatures.append(Batch.HeadSignature(n: change.n, signature: signature))
      }
      return batch
    }
    try region.take(clones)
    #expect(try region.cuts()[parting.log] == parting.n)
  }

  private func rule() throws {
    #expect(try region.ruleOnOwnLogs(keepingBranches: 1).logs == 1)
    #expect(try region.cuts().isEmpty)
  }

  @Test func whatWasErasedStaysSoForWhoComesLater() async throws {
    let late = try offices.enrolled("540100", "拉萨统计局")
    let id = try lhasa.addTraining("宣贯会")
    _ = try lhasa.edit(id, operations: [.set("notes", to: secret)], operatorName: "扎西")
    _ = try lhasa.attach(id, files: [try folder.file("personal")], name: "证件", operatorName: "")
    for node in [lhasa, late] { try await met(node, region) }
    let parting = try ownHead()
    try redact(id, "notes")
    _ = try region.eraseAttachment(id, name: "证件", reason: "本人申请", operatorName: "次仁")
    try await met(lhasa, region)
    let after = try lhasa.addTraining("此后")
    try cut(after: parting)
    try rule()
    for _ in 0..<2 { for node in [lhasa, late] { try await met(node, region) } }
    let stranger = try offices.enrolled("540100", "新来的局")
    for _ in 0..<2 { for node in [stranger, lhasa, late] { try await met(node, region) } }
    for node in [region, lhasa, late, stranger] {
      #expect(try erased(node, id) == ["notes"], "\(node.facts.name)")
      #expect(try node.field(after, "title") == .single(.text("此后")), "\(node.facts.name)")
      let photos = try node.store.read { try $0.attachments(of: $0.record(prefix: id)) }
      #expect(try photos.map(\.erasure) == ["本人申请"] && node.contentFiles.isEmpty, "\(node.facts.name)")
      try expectNothingLeft(node, secret, id)
      let told = try node.store.read { snapshot in
        (try snapshot.redactions(), try snapshot.erasures(of: snapshot.record(prefix: id)))
      }
      #expect(Set(told.0.map(\.operatorName)) == ["次仁"] && told.1.count == 1, "\(node.facts.name)")
    }
    #expect(try stranger.store.read { try $0.quarantine() }.allSatisfy { $0.reason == "ruled-out" })
    try expectAgreement(lhasa, late, stranger, within: region)
    // Said once more, and no more than that.
    func orders() throws -> Int {
      try region.store.read { snapshot in
        try ([5, 6] as [UInt64]).reduce(0) {
          try $0 + snapshot.statements(ofType: $1, by: region.facts.node).count
        }
      }
    }
    #expect(try orders() == 4)
    try cut(after: ownHead())
    try rule()
    #expect(try orders() == 4)
  }

  @Test func invariant5WhoWasRevokedStaysSo() async throws {
    let stolen = try offices.enrolled("540200", "日喀则市局")
    let found = try offices.enrolled("540300", "昌都市局")
    let narrowed = try offices.enrolled("540400", "林芝市局")
    for node in [stolen, found, narrowed, lhasa] { try await met(node, region) }
    _ = try region.revoke("昌都市局", reason: "遗失")
    let parting = try ownHead()
    _ = try region.revoke("日喀则市局", reason: "失窃")
    _ = try region.reinstate("昌都市局")
    _ = try region.assign("林芝市局", .init(reach: .nothing))
    try cut(after: parting)
    // Until the region rules, nothing of it counts.
    #expect(try region.store.read { try $0.office(stolen.facts.node)?.isRevoked } == false)
    let id = try stolen.addTraining("窃后")
    try await met(stolen, region)
    #expect(try region.field(id, "title") != nil)
    try rule()
    let stranger = try offices.enrolled("540100", "新来的局")
    for node in [lhasa, stranger] { try await met(node, region) }
    #expect(await refusal { _ = try await sync(stolen, region) } == "revoked")
    for node in [region, lhasa, stranger] {
      try node.store.read { snapshot in
        #expect(try snapshot.office(stolen.facts.node)?.isRevoked == true, "\(node.facts.name)")
        #expect(try snapshot.office(found.facts.node)?.isRevoked == false, "\(node.facts.name)")
        let row = try #require(try snapshot.office(narrowed.facts.node))
        #expect(try Certificate(der: row.certificate).office?.scope.covered == [DivisionCode("540400")!])
      }
    }
    #expect(region.titles([try #require(RecordID(id))]).isEmpty)
    try expectAgreement(lhasa, stranger, within: region)
    // What was said again is lifted like the first.
    _ = try region.reinstate("日喀则市局")
    #expect(try region.field(id, "title") != nil)
  }
}
