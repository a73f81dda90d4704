import Replication
import Testing
import Wire

/// A side whose certificate is not in force by the other's clock hands in, and is sent nothing.
@Suite struct WithheldTests {
  private func opened(own: Bool, theirs: Bool) -> Session {
    var session = Session(isInitiator: true, watches: false)
    func said(_ withholds: Bool) -> Hello {
      var hello = hello()
      hello.withholds = withholds
      return hello
    }
    _ = session.handle(.opened(said(own)))
    _ = session.handle(.received(.hello(said(theirs))))
    return session
  }

  @Test(arguments: [(true, false), (false, true)])
  func differingStoresExchangeNoHeadsThen(_ said: (own: Bool, theirs: Bool)) {
    var session = opened(own: said.own, theirs: said.theirs)
    #expect(session.peerWithholds == said.theirs)
    #expect(session.step(.planned(SendPlan(offer: []))) == ["load"])
    #expect(session.step(.loaded(nil, isLast: true)) == ["make done 0/0"])
    #expect(session.step(.doneMade(done())) == ["send done 0/0"])
    #expect(session.step(.received(.done(done(digestB)))) == ["checkpoint withheld", "finish"])
  }

  @Test func whatWasHandedInIsStillTakenAndEqualStoresConverge() {
    var session = opened(own: true, theirs: false)
    _ = session.step(.planned(SendPlan(offer: [])))
    _ = session.step(.loaded(nil, isLast: true))
    _ = session.step(.doneMade(done()))
    #expect(session.step(.received(.changes(frame(batch())))) == ["commit 1"])
    #expect(session.step(.committed(IntakeOutcome(new: 1, refused: 0))) == ["send ack 1"])
    #expect(session.step(.received(.done(done(sent: 1)))) == ["make done 0/1"])
    #expect(
      session.step(.doneMade(done(received: 1))) == ["send done 0/1", "checkpoint converged", "finish"])
  }
}
