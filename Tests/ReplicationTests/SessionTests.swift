import Ledger
import Replication
import Testing
import Wire

/// The machine alone, stepped by hand.
@Suite struct SessionTests {
  @Test func nothingNewIsOneRoundTrip() {
    var dialler = Session(isInitiator: true, watches: false)
    #expect(dialler.step(.opened(hello())) == ["send hello"])
    #expect(dialler.step(.received(.hello(hello()))) == ["plan"])
    #expect(dialler.step(.planned(SendPlan(offer: []))) == ["load"])
    #expect(dialler.step(.loaded(nil, isLast: true)) == ["make done 0/0"])
    #expect(dialler.step(.doneMade(done())) == ["send done 0/0"])
    #expect(dialler.step(.received(.done(done()))) == ["checkpoint converged", "finish"])
    #expect(dialler.roundTrips == 1)
    #expect(dialler.step(.received(.done(done()))) == [])
  }

  @Test func theListenerSpeaksOnlyWhenSpokenTo() {
    var listener = Session(isInitiator: false, watches: false)
    #expect(listener.step(.opened(hello())) == [])
    #expect(listener.step(.received(.hello(hello()))) == ["send hello", "plan"])
    #expect(listener.roundTrips == 0)
  }

  @Test func bothDirectionsRunAtOnce() {
    var session = Session.opened()
    #expect(session.step(.planned(SendPlan(offer: []))) == ["load"])
    // The peer's frame comes while this side is still sending its own.
    #expect(session.step(.received(.changes(frame(batch())))) == ["commit 1"])
    #expect(session.step(.loaded(frame(batch(2)), isLast: false)) == ["send changes", "load"])
    #expect(session.step(.committed(IntakeOutcome(new: 1, refused: 0))) == ["send ack 1"])
    #expect(session.step(.received(.acknowledge(frames: 1))) == [])
    #expect(session.step(.loaded(nil, isLast: true)) == ["make done 1/1"])
    #expect(session.step(.doneMade(done(sent: 1, received: 1))) == ["send done 1/1"])
    #expect(
      session.step(.received(.done(done(sent: 1, received: 1, receipt: [1, 2]))))
        == ["keep receipts [2]", "checkpoint converged", "finish"])
    #expect(session.roundTrips == 2)
  }

  @Test func aFullWindowWaitsForAnAcknowledgement() {
    var session = Session.opened()
    _ = session.step(.planned(SendPlan(offer: [])))
    for _ in 1..<Limits.window {
      #expect(session.step(.loaded(frame(batch()), isLast: false)) == ["send changes", "load"])
    }
    #expect(session.step(.loaded(frame(batch()), isLast: false)) == ["send changes"])
    #expect(session.step(.received(.acknowledge(frames: 1))) == ["load"])
    #expect(session.step(.loaded(frame(batch()), isLast: true)) == ["send changes", "make done 5/0"])
  }

  /// While the peer goes on sending, a Done a frame would cost a signature each.
  @Test func whatComesIsVouchedForOnceThePeerIsThrough() {
    var session = Session.through()
    for count in 1...3 {
      #expect(session.step(.received(.changes(frame(batch())))) == ["commit 1"])
      #expect(session.step(.committed(IntakeOutcome(new: 1, refused: 0))) == ["send ack \(count)"])
    }
    #expect(session.step(.received(.done(done(sent: 3)))) == ["make done 0/3"])
    #expect(
      session.step(.doneMade(done(received: 3)))
        == ["send done 0/3", "checkpoint converged", "finish"])
  }

  @Test func thePeersDoneMayComeBeforeItsLastFrameIsDurable() {
    var session = Session.through()
    #expect(session.step(.received(.changes(frame(batch())))) == ["commit 1"])
    #expect(session.step(.received(.done(done(sent: 1)))) == [])
    #expect(session.step(.committed(IntakeOutcome(new: 1, refused: 0))) == ["send ack 1", "make done 0/1"])
  }

  @Test func aSenderWithMuchOffersFirst() {
    var session = Session.opened()
    #expect(session.step(.planned(SendPlan(offer: [range, range]))) == ["send offer 2"])
    #expect(session.step(.received(.offer([range]))) == ["answer 1"])
    #expect(session.step(.answered([HeldLog(log: testLog(1), points: [])])) == ["send held 1"])
    #expect(session.step(.received(.held([]))) == ["narrow 0"])
    #expect(session.step(.narrowed) == ["load"])
    #expect(session.roundTrips == 2)
  }

  // MARK: versions and failures

  @Test func aPeerThatSpeaksNoVersionIsTold() {
    for isInitiator in [true, false] {
      var session = Session(isInitiator: isInitiator, watches: false)
      _ = session.step(.opened(hello()))
      #expect(
        session.step(.received(.hello(hello(version: 0)))) == ["send failure version", "fail version"])
      #expect(session.step(.received(.hello(hello()))) == [])
    }
  }

  @Test func aNewerPeerIsSpokenToInTheOlderVersion() {
    var session = Session(isInitiator: true, watches: false)
    _ = session.step(.opened(hello()))
    #expect(session.step(.received(.hello(hello(version: 9)))) == ["plan"])
  }

  @Test func aFailureOfThePeerEndsTheSessionInAnyPhase() {
    let failure = Failure(code: "gap")
    var fresh = Session(isInitiator: true, watches: false)
    var through = Session.through()
    for effects in [fresh.handle(.received(.failure(failure))), through.handle(.received(.failure(failure)))]
    {
      guard effects.count == 1, case .fail(.peerFailed(failure)) = effects[0] else {
        Issue.record("\(effects.map(words))")
        continue
      }
    }
  }

  // MARK: messages out of place

  private static let any: [Message] = [
    .hello(hello()), .offer([range]), .held([]), .changes(frame(batch())), .acknowledge(frames: 0),
    .done(done()), .joinRequest(JoinRequest(secret: [], request: "")),
    .joinAnswer(JoinAnswer(certificate: "", authority: "")),
  ]

  private func check(_ phase: String, _ make: () -> Session, takes allowed: Set<UInt8>) {
    for message in Self.any {
      var session = make()
      let effects = session.handle(.received(message))
      let isRefused =
        effects.map(words) == ["send failure unexpected-message", "fail unexpected-message"]
      #expect(isRefused == !allowed.contains(message.type), "\(phase): message \(message.type)")
      guard isRefused, case .send(.failure(let failure)) = effects[0] else { continue }
      #expect(failure.detail == "\(message.type)")
      #expect(session.handle(.localCommit).isEmpty)
    }
  }

  @Test func everyUnexpectedMessageIsAnsweredWithTheNamedError() {
    check(
      "opening",
      {
        var session = Session(isInitiator: true, watches: false)
        _ = session.handle(.opened(hello()))
        return session
      }, takes: [1])
    check("planning", { .opened() }, takes: [2, 4, 5, 6])
    check(
      "offered",
      {
        var session = Session.opened()
        _ = session.handle(.planned(SendPlan(offer: [range])))
        return session
      }, takes: [2, 3, 4, 5, 6])
    check("through", { .through() }, takes: [2, 4, 5, 6])
    check("a listener not opened yet", { Session(isInitiator: false, watches: false) }, takes: [])
  }

  @Test func countsThatCannotBeTrueAreRefused() {
    let refused = ["send failure unexpected-message", "fail unexpected-message"]
    let lies: [Message] = [
      .acknowledge(frames: 1), .done(done(sent: 1)), .done(done(received: 1)), .done(done(sent: .max)),
    ]
    for lie in lies {
      var session = Session.through()
      #expect(session.step(.received(lie)) == refused)
    }
    // An acknowledgement is never taken back.
    var session = Session.opened()
    _ = session.step(.planned(SendPlan(offer: [])))
    _ = session.step(.loaded(frame(batch()), isLast: true))
    #expect(session.step(.received(.acknowledge(frames: 1))) == [])
    #expect(session.step(.received(.acknowledge(frames: 0))) == refused)
  }
}
