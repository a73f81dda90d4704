import Ledger
import Replication
import Testing
import Wire

/// A session that goes on after both sides are through.
@Suite struct WatchTests {
  @Test func aLocalCommitAfterDoneIsSentAndReachesANewCheckpoint() {
    var session = Session.through(watches: true)
    #expect(session.step(.received(.done(done()))) == ["checkpoint converged"])
    #expect(session.step(.localCommit) == ["load"])
    #expect(session.step(.loaded(frame(batch()), isLast: true)) == ["send changes", "make done 1/0"])
    #expect(session.step(.doneMade(done(sent: 1, digestB))) == ["send done 1/0"])
    #expect(session.step(.received(.acknowledge(frames: 1))) == [])
    #expect(session.step(.received(.done(done(received: 1, digestB)))) == ["checkpoint converged"])
  }

  @Test func aLocalCommitWhileSendingAddsNothing() {
    var session = Session.opened(watches: true)
    #expect(session.step(.planned(SendPlan(offer: []))) == ["load"])
    #expect(session.step(.localCommit) == [])
    #expect(session.step(.loaded(nil, isLast: true)) == ["make done 0/0"])
  }

  @Test func aLocalCommitWithNothingForThePeerIsNoNews() {
    var session = Session.through(watches: true)
    #expect(session.step(.received(.done(done()))) == ["checkpoint converged"])
    #expect(session.step(.localCommit) == ["load"])
    #expect(session.step(.loaded(nil, isLast: true)) == [])
  }

  @Test func whatThePeerSendsLaterReachesANewCheckpoint() {
    var session = Session.through(watches: true)
    #expect(session.step(.received(.done(done()))) == ["checkpoint converged"])
    #expect(session.step(.received(.changes(frame(batch())))) == ["commit 1"])
    #expect(session.step(.committed(IntakeOutcome(new: 1, refused: 0))) == ["send ack 1"])
    #expect(session.step(.received(.done(done(sent: 1, digestB)))) == ["make done 0/1"])
    #expect(
      session.step(.doneMade(done(received: 1, digestB))) == ["send done 0/1", "checkpoint converged"])
  }

  @Test func theSessionGoesOnOnlyWhereBothAreWilling() {
    for (own, theirs) in [(true, false), (false, true)] {
      var session = Session(isInitiator: false, watches: own)
      _ = session.step(.opened(hello(watches: own)))
      _ = session.step(.received(.hello(hello(watches: theirs))))
      _ = session.step(.planned(SendPlan(offer: [])))
      _ = session.step(.loaded(nil, isLast: true))
      _ = session.step(.doneMade(done()))
      #expect(session.step(.received(.done(done()))) == ["checkpoint converged", "finish"])
    }
  }

  /// A Done that is repeated keeps the link alive and is no news.
  @Test func anIdleSideSaysDoneAgain() {
    var session = Session.through(watches: true)
    var first = done(receipt: [1])
    first.words = [
      WholeWord(signer: testLog(1).node, signing: SigningTime(term: 0, time: 1))
    ]
    #expect(
      session.step(.received(.done(first)))
        == ["take back 1 0", "keep receipts [1]", "checkpoint converged"])
    #expect(session.step(.idle) == ["make done 0/0"])
    #expect(session.step(.doneMade(done())) == ["send done 0/0"])
    #expect(session.step(.received(.done(done()))) == [])
  }

  @Test func anEndThatIsWantedComesAtTheNextCheckpoint() {
    var atRest = Session.through(watches: true)
    _ = atRest.step(.received(.done(done())))
    #expect(atRest.step(.stop) == ["finish"])
    var busy = Session.through(watches: true)
    #expect(busy.step(.stop) == [])
    #expect(busy.step(.received(.done(done()))) == ["checkpoint converged", "finish"])
  }
}
