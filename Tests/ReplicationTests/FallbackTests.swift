import Ledger
import Replication
import Testing
import Wire

/// Both are through and differ, though neither went on meanwhile: the heads are exchanged, once.
@Suite struct FallbackTests {
  @Test func unequalDigestsLeadToTheHeadsOnce() {
    var session = Session.through()
    #expect(session.step(.received(.done(done(digestB)))) == ["plan by heads"])
    #expect(session.step(.planned(SendPlan(offer: [range]))) == ["send offer 1"])
    #expect(session.step(.received(.offer([range, range]))) == ["answer 2"])
    #expect(session.step(.answered([])) == ["send held 0"])
    #expect(session.step(.received(.held([]))) == ["narrow 0"])
    #expect(session.step(.narrowed) == ["load"])
    #expect(session.step(.loaded(frame(batch()), isLast: true)) == ["send changes", "make done 1/0"])
    #expect(session.step(.doneMade(done(sent: 1, digestA))) == ["send done 1/0"])
    // Still unequal: that is told, and not tried a second time.
    #expect(session.step(.received(.done(done(received: 1, digestB)))) == ["checkpoint unequal", "finish"])
  }

  @Test func itMayMakeThemEqual() {
    var session = Session.through()
    #expect(session.step(.received(.done(done(digestB)))) == ["plan by heads"])
    #expect(session.step(.planned(SendPlan(offer: []))) == ["load"])
    #expect(session.step(.loaded(nil, isLast: true)) == ["make done 0/0"])
    #expect(session.step(.received(.changes(frame(batch())))) == ["commit 1"])
    #expect(session.step(.doneMade(done())) == ["send done 0/0"])
    #expect(session.step(.committed(IntakeOutcome(new: 1, refused: 0))) == ["send ack 1"])
    #expect(session.step(.received(.done(done(sent: 1, digestB)))) == ["make done 0/1"])
    #expect(
      session.step(.doneMade(done(received: 1, digestB)))
        == ["send done 0/1", "checkpoint converged", "finish"])
  }

  @Test func aStoreThatWentOnIsNotCompared() {
    for (own, theirs) in [(true, false), (false, true)] {
      var session = Session.opened()
      _ = session.step(.planned(SendPlan(offer: [])))
      _ = session.step(.loaded(nil, isLast: true))
      _ = session.step(.doneMade(done(hasMoved: own)))
      #expect(
        session.step(.received(.done(done(digestB, hasMoved: theirs)))) == ["checkpoint moved", "finish"])
    }
    // Equal all the same is equal.
    var session = Session.through()
    #expect(session.step(.received(.done(done(hasMoved: true)))) == ["checkpoint converged", "finish"])
  }

  @Test func whatWasRefusedExplainsTheDifference() {
    var session = Session.through()
    #expect(
      session.step(.received(.done(done(digestB, refused: 2)))) == ["checkpoint refused(2)", "finish"])
    var receiver = Session.through()
    _ = receiver.step(.received(.changes(frame(batch()))))
    _ = receiver.step(.committed(IntakeOutcome(new: 0, refused: 1)))
    _ = receiver.step(.received(.done(done(sent: 1, digestB))))
    let effects = receiver.handle(.doneMade(done(received: 1)))
    guard case .send(.done(let said)) = effects[0] else {
      Issue.record("\(effects.map(words))")
      return
    }
    #expect(said.refused == 1)
    #expect(effects.dropFirst().map(words) == ["checkpoint refused(1)", "finish"])
  }

  /// Neither what was refused nor what came in meanwhile may hide that something was left out.
  @Test(arguments: [true, false])
  func whatWasLeftOutIsAskedForByHeads(_ isOwn: Bool) {
    for (refused, hasMoved): (UInt64, Bool) in [(0, false), (2, false), (0, true), (2, true)] {
      var session = Session.opened()
      _ = session.step(.planned(SendPlan(offer: [])))
      _ = session.step(.loaded(nil, isLast: true))
      _ = session.step(.doneMade(done(hasMoved: hasMoved, hasGap: isOwn)))
      let theirs = done(digestB, refused: refused, hasGap: !isOwn)
      #expect(session.step(.received(.done(theirs))) == ["plan by heads"])
    }
    // Nothing is lacking after all.
    var session = Session.through()
    #expect(session.step(.received(.done(done(hasGap: true)))) == ["checkpoint converged", "finish"])
  }

  @Test func aWatchingSessionFallsBackAgainOnlyOnceItHasConverged() {
    var session = Session.through(watches: true)
    func round(_ own: Hash256, _ theirs: Hash256, sent: UInt64) -> [String] {
      _ = session.handle(.loaded(sent == 0 ? nil : frame(batch()), isLast: true))
      _ = session.handle(.doneMade(done(sent: sent, own)))
      return session.step(.received(.done(done(received: sent, theirs))))
    }
    #expect(session.step(.received(.done(done(digestB)))) == ["plan by heads"])
    #expect(session.step(.planned(SendPlan(offer: []))) == ["load"])
    #expect(round(digestA, digestB, sent: 0) == ["checkpoint unequal"])
    #expect(session.step(.localCommit) == ["load"])
    #expect(round(digestA, digestB, sent: 1) == ["checkpoint unequal"])
    #expect(session.step(.localCommit) == ["load"])
    #expect(round(digestA, digestA, sent: 2) == ["checkpoint converged"])
    #expect(session.step(.localCommit) == ["load"])
    #expect(round(digestA, digestB, sent: 3) == ["plan by heads"])
  }
}
