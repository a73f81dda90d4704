import Campaign
import Foundation
import Ledger
import Replication
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

@Suite struct SyncTests {
  @Test func anOfficeHandsInAndTheRegionSignsForIt() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let id = try lhasa.addTraining("标准宣贯会")
    let (own, theirs) = try await sync(lhasa, offices.region)
    #expect(own.sent == 1)
    #expect(theirs.received == 1)
    #expect(own.converged && theirs.converged)
    #expect(try offices.region.field(id, "title") == .single(.text("标准宣贯会")))
    #expect(try lhasa.fingerprint(of: "540100") == offices.region.fingerprint(of: "540100"))
    let unsent = try lhasa.store.read {
      try $0.unsentCount(node: lhasa.facts.node, coveredBy: [offices.region.facts.node])
    }
    #expect(unsent == 0)
  }

  /// A copy that was opened has an id of its own, and syncs with its original as with any other store.
  @Test func aStoreDoesNotSyncWithItself() async throws {
    let offices = try TestOffices()
    do {
      _ = try await sync(offices.region, offices.region)
      Issue.record("it did")
    } catch NodeError.ownStore {}
  }

  @Test func aSyncWithNothingNewIsOneRoundTrip() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("一")
    _ = try await sync(lhasa, offices.region)
    let (again, _) = try await sync(lhasa, offices.region)
    #expect(again.sent == 0 && again.received == 0 && again.converged)
    #expect(again.roundTrips == 1)
  }

  /// Invariant 3 and 1 over a session: both values live at both ends, and settling travels.
  @Test func invariant3AConflictIsKeptAtBothEndsAndSettledByAPerson() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let id = try lhasa.addTraining("原题")
    _ = try await sync(lhasa, region)
    _ = try lhasa.edit(id, operations: [.set("title", to: "拉萨改")], operatorName: "")
    _ = try region.edit(id, operations: [.set("title", to: "区改")], operatorName: "")
    _ = try await sync(lhasa, region)
    for node in [lhasa, region] {
      let conflicts = try node.conflicts(RecordFilter())
      #expect(conflicts.map(\.field) == ["title"])
      #expect(conflicts.first?.candidates.count == 2)
    }
    _ = try region.resolve(id, field: "title", .value("商定"), operatorName: "")
    let (summary, _) = try await sync(lhasa, region)
    #expect(summary.converged)
    #expect(try lhasa.conflicts(RecordFilter()).isEmpty)
    #expect(try lhasa.field(id, "title") == .single(.text("商定")))
    #expect(try lhasa.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
  }

  /// Invariant 10: nothing outside the reading scope leaves the region.
  @Test func invariant10AnOfficeReceivesNothingOutsideItsScope() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let nagqu = try offices.enrolled("540600", "那曲市局")
    try lhasa.addTraining("拉萨的")
    try nagqu.addTraining("那曲的")
    _ = try await sync(lhasa, offices.region)
    _ = try await sync(nagqu, offices.region)
    _ = try await sync(lhasa, offices.region)
    #expect(try lhasa.store.read { try $0.recordCount() } == 1)
    #expect(try offices.region.store.read { try $0.recordCount() } == 2)
  }

  /// Invariant 5: an office that is not certified for a division is refused there, by name.
  @Test func invariant5AWriteOutsideTheScopeIsRefused() throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let error = #expect(throws: NodeError.self) { try lhasa.addTraining("越界", division: "540600") }
    guard case .outsideScope(let division, let own)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(division.description == "540600" && own.description == "540100")
    #expect(try lhasa.store.read { try $0.changeCount() } == 0)
    try lhasa.addTraining("界内", division: "540121")
  }

  /// Offices that are not enrolled record at once; what they wrote is handed in once they are.
  @Test func whatWasRecordedBeforeEnrolmentIsHandedInAfterwards() async throws {
    let offices = try TestOffices()
    let office = try offices.office("540200", "日喀则市局")
    let id = try office.addTraining("入网之前")
    let answer = try offices.region.sign(request: office.certificateRequest(), mayEnrol: false)
    try office.accept(certificates: answer.bundle, authority: nil)
    let enrolled = try LocalNode(opening: office.store.folder)
    let (summary, _) = try await sync(enrolled, offices.region)
    #expect(summary.sent == 1)
    #expect(try offices.region.field(id, "title") == .single(.text("入网之前")))
  }

  @Test func whatWasSentIsNotSentAgain() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    for number in 0..<50 { try lhasa.addTraining("第\(number)场") }
    let (summary, _) = try await sync(lhasa, offices.region)
    #expect(summary.sent == 50)
    let (again, _) = try await sync(lhasa, offices.region)
    #expect(again.sent == 0)
  }

  /// Invariant 7: a receiver that is sent the same frames a second time keeps nothing of them.
  @Test func invariant7TheSameFramesTwiceChangeNothing() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    for number in 0..<20 { try lhasa.addTraining("第\(number)场") }
    _ = try await sync(lhasa, region)
    let before = try region.fingerprint(of: "540000")
    let changes = try region.store.read { try $0.changeCount() }
    let outgoing = try lhasa.store.read { snapshot in
      try snapshot.outgoing(
        after: 0, scope: { _ in true }, excluding: nil, held: HeldRanges(), limit: 1 << 20)
    }
    #expect(try outgoing.changeCount == lhasa.store.read { try $0.changeCount() })
    let port = try StorePort(
      region, peer: TrustedPeer(chain: lhasa.identity.chain.map(\.der), node: region), isInitiator: false)
    let frame = ChangesFrame(batches: outgoing.batches, through: outgoing.through)
    guard case .committed(let outcome)? = try port.perform(.commit(frame)) else {
      Issue.record("not committed")
      return
    }
    #expect(outcome.new == 0 && outcome.refused == 0)
    #expect(try region.fingerprint(of: "540000") == before)
    #expect(try region.store.read { try $0.changeCount() } == changes)
  }

  /// More than a frame: the sender offers first, and leaves out what the receiver has by another way.
  @Test func aLargeLedgerIsOfferedFirstAndSentOnce() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let folder = TemporaryFolder()
    var text = "类别,标题,日期,计划条目,组织单位,培训主题,备注\n"
    for number in 0..<3000 {
      text += "培训,第\(number)场,2025-09-10,4.2,市场监管局,standards,\(String(repeating: "记录\(number)", count: 20))\n"
    }
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/a.csv"))
    let report = try lhasa.importFile(folder.path + "/a.csv", LocalNode.ImportOptions())
    #expect(report.imported == 3000)
    let (summary, _) = try await sync(lhasa, offices.region)
    #expect(summary.converged && summary.roundTrips == 3)
    #expect(try offices.region.store.read { try $0.recordCount() } == 3000)
    #expect(try lhasa.fingerprint(of: "540100") == offices.region.fingerprint(of: "540100"))
    // A second computer of the office has it from the region; the first finds nothing left to send to it.
    let second = try offices.enrolled("540100", "拉萨市局二号")
    _ = try await sync(second, offices.region)
    #expect(try second.store.read { try $0.recordCount() } == 3000)
    let (third, _) = try await sync(lhasa, second)
    #expect(third.sent == 0 && third.converged)
    #expect(try lhasa.importFile(folder.path + "/a.csv", LocalNode.ImportOptions()).unchanged == 3000)
  }

  @Test func aTokenIsGoodOnce() throws {
    let offices = try TestOffices()
    let first = try offices.office("540100", "一")
    let second = try offices.office("540100", "二")
    let secret = try offices.region.tokenSecret("540100")
    _ = try offices.region.enrol(secret: secret, request: first.certificateRequest())
    #expect(throws: NodeError.self) {
      try offices.region.enrol(secret: secret, request: second.certificateRequest())
    }
  }
}

extension LocalNode {
  func tokenSecret(_ division: String) throws -> [UInt8] {
    let token = try invite(division: division, name: "新", days: 1, only: false, mayEnrol: false).token
    return try InvitationText.secret(token)
  }
}
