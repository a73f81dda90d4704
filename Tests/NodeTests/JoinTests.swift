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
}
