import Foundation
import GRDB
import Ledger
import Store
import TestSupport
import Testing
import Transport
import Trust

@testable import Node

/// Joining over a socket.
@Suite struct JoinTests {
  @Test func anOfficeJoinsAtWhoeverInvitedIt() async throws {
    let offices = try TestOffices()
    let newcomer = try offices.office("540102", "城关区局")
    let token = try offices.region.invite(
      division: "540102", name: "城关区局", days: 1, only: false, mayEnrol: false
    ).token
    _ = try await serving(offices.region) { try await newcomer.join(address: $0, token: token) }
    let enrolled = try LocalNode(opening: newcomer.store.folder)
    #expect(!enrolled.identity.chain.isEmpty)
  }

  /// Any office of the region could take up the address; only who may have given out the invitation is shown it.
  @Test func anInvitationIsShownToNobodyElse() async throws {
    let offices = try TestOffices()
    let token = try offices.region.invite(
      division: "540102", name: "城关区局", days: 1, only: false, mayEnrol: false
    ).token
    let newcomer = try offices.office("540102", "城关区局")
    let others = [
      try offices.enrolled("540102", "城关区局二"),
      try offices.enrolled("540600", "那曲市局", mayEnrol: true),
    ]
    for other in others {
      let (error, told) = try await serving(other) { address in
        do {
          try await newcomer.join(address: address, token: token)
          return nil as (any Error)?
        } catch {
          return error
        }
      }
      guard case NodeError.notTheEnroller(let name, let division)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(name == other.facts.name && division == DivisionCode("540102"))
      #expect(!told.contains { $0.contains("token") }, "\(told)")
    }
  }

  /// A listener without a place says internal_error: dial again soon, nobody distrusts anybody.
  @Test func aFullListenerIsBusyAndNotDistrusted() {
    let full = TransportError.tls(TLSFailure(fault: .ours, alertReceived: .internalError))
    let error = LinkError(full, address: "a:1")
    #expect(error == .busy(address: "a:1"))
    #expect(!LinkError.isForGood(error))
    let stranger = TransportError.tls(TLSFailure(fault: .ours, alertReceived: .unknownAuthority))
    #expect(LinkError.isForGood(LinkError(stranger, address: "a:1")))
  }

  private func covered(_ certificate: Certificate?) -> Set<String> {
    Set(certificate?.office?.scope.covered.map(\.description) ?? [])
  }

  /// Of an office that was assigned another division while it was away, invitations into either renew what it is: it
  /// covers what it covered, here and where it has never been heard of.
  @Test(arguments: ["540200", "540100"])
  func anOfficeThatWasAssignedAwayRenewsByEitherDivision(division: String) async throws {
    let offices = try TestOffices()
    let region = offices.region
    let away = try offices.enrolled("540100", "拉萨市局")
    try away.addTraining("之前")
    _ = try await sync(away, region)
    _ = try region.assign("拉萨市局", LocalNode.Assignment(division: "540200", name: "日喀则市局"))
    let token = try region.invite(
      division: division, name: "日喀则市局", days: 1, only: false, mayEnrol: false
    ).token
    _ = try await serving(region) { try await away.join(address: $0, token: token) }
    let joined = try LocalNode(opening: away.store.folder)
    #expect(joined.facts.division.description == "540200" && joined.facts.name == "日喀则市局")
    let known = try region.store.read { try $0.office(away.facts.node)?.certificate }
    #expect(known == joined.identity.chain.first?.der)
    #expect(covered(joined.identity.chain.first).isSuperset(of: ["540100", "540102", "540200", "540202"]))
    try joined.addTraining("之后")
    let (own, _) = try await sync(joined, region)
    #expect(own.converged && own.refused == 0)
    let late = try offices.enrolled("540100", "后来的")
    _ = try await sync(late, region)
    #expect(try late.ids(titled: "之前").count == 1)
    #expect(try late.status(division: nil).quarantined == 0)
  }

  /// The same by files; and a key that has an office is certified for no third division.
  @Test(arguments: [nil, "540100", "540200"] as [String?])
  func aRequestOfTheTimeBeforeIsSignedForWhatTheOfficeIs(division: String?) throws {
    let offices = try TestOffices()
    let away = try offices.enrolled("540100", "拉萨市局")
    _ = try offices.region.assign("拉萨市局", LocalNode.Assignment(division: "540200", name: "日喀则市局"))
    let pem = try offices.region.sign(
      request: away.certificateRequest(), division: division, mayEnrol: false
    ).bundle
    try away.accept(certificates: pem, authority: nil)
    let joined = try LocalNode(opening: away.store.folder)
    #expect(joined.facts.division.description == "540200" && joined.facts.name == "日喀则市局")
    #expect(covered(joined.identity.chain.first).isSuperset(of: ["540100", "540200"]))
    #expect(throws: NodeError.self) {
      try offices.region.sign(request: away.certificateRequest(), division: "540600", mayEnrol: false)
    }
    let before = try offices.region.store.read { try $0.office(away.facts.node)?.certificate }
    #expect(throws: NodeError.self) { try offices.join(away, by: offices.region, into: "540600") }
    #expect(try offices.region.store.read { try $0.office(away.facts.node)?.certificate } == before)
  }

  /// Invariant 2: whatever is cut off of joining can be done again, and what says that an office is enrolled comes last.
  @Test func invariant2AJoinThatIsCutOffIsDoneAgain() async throws {
    let offices = try TestOffices()
    let newcomer = try offices.office("540102", "城关区局")
    let token = try offices.region.invite(
      division: "540102", name: "城关区局", days: 1, only: false, mayEnrol: false
    ).token
    let path = Identity.path(newcomer.store.folder, "node.crt")
    try FileManager.default.createDirectory(atPath: path + "/x", withIntermediateDirectories: true)
    _ = try await serving(offices.region) { address in
      await #expect(throws: (any Error).self) { try await newcomer.join(address: address, token: token) }
    }
    try FileManager.default.removeItem(atPath: path)
    let between = try LocalNode(opening: newcomer.store.folder)
    #expect(between.identity.chain.isEmpty && between.identity.authority == offices.region.identity.authority)
    try between.addTraining("照常录入")
    _ = try await serving(offices.region) { try await between.join(address: $0, token: token) }
    let enrolled = try LocalNode(opening: newcomer.store.folder)
    let peers = try enrolled.store.read { try $0.peers(listedOnly: true) }
    #expect(peers.map(\.node) == [offices.region.facts.node] && peers.map(\.isEnroller) == [true])
    #expect(try offices.region.store.read { try $0.offices() }.count { $0.name == "城关区局" } == 1)
    let (own, _) = try await sync(enrolled, offices.region)
    #expect(own.converged && own.sent > 0)
  }

  /// Invariant 2: an office that is enrolled knows whom to send to.
  @Test func invariant2NoOfficeIsEnrolledWithoutItsEnroller() throws {
    let offices = try TestOffices()
    let newcomer = try offices.office("540102", "城关区局")
    let pem = try offices.certificates(newcomer, by: offices.region)
    let folder = newcomer.store.folder
    func change(_ sql: String) throws {
      let file = try DatabaseQueue(path: folder + "/" + Store.fileName)
      try file.writeWithoutTransaction { try $0.execute(sql: sql) }
      try file.close()
    }
    try change("CREATE TRIGGER cut BEFORE INSERT ON peers BEGIN SELECT RAISE(ABORT, 'cut off'); END")
    #expect(throws: (any Error).self) { try newcomer.accept(certificates: pem, authority: nil) }
    try change("DROP TRIGGER cut")
    let between = try LocalNode(opening: folder)
    #expect(!between.facts.isEnrolled)
    try between.accept(certificates: pem, authority: nil)
    let enrolled = try LocalNode(opening: folder)
    #expect(enrolled.facts.isEnrolled)
    #expect(try enrolled.store.read { try $0.peers() }.map(\.isEnroller) == [true])
  }
}
