import Ledger
import Replication
import Testing
import Wire

/// The limits that only a session can see.
@Suite struct SessionLimitTests {
  private func failure(_ effects: [Session.Effect]) -> Failure? {
    guard effects.count == 2, case .send(.failure(let failure)) = effects[0], case .fail = effects[1] else {
      return nil
    }
    return failure
  }

  @Test func framesUnderWay() {
    var session = Session.through()
    for _ in 0..<Limits.window {
      #expect(session.step(.received(.changes(frame(batch())))) == ["commit 1"])
    }
    let effects = session.handle(.received(.changes(frame(batch()))))
    #expect(failure(effects) == Failure(code: "limit", detail: "window 5 > 4"))
  }

  @Test func logsOfASession() {
    var session = Session.through()
    func offer(_ logs: Range<Int>) -> [Session.Effect] {
      session.handle(
        .received(.offer(Offer(logs.map { OfferedRange(log: testLog($0), from: 1, to: 1, toHash: .zero) }))))
    }
    let half = Limits.logsPerSession / 2
    #expect(offer(0..<half).map(words) == ["answer \(half)"])
    #expect(offer(half..<2 * half).map(words) == ["answer \(half)"])
    // Logs that were named before count once.
    #expect(session.handle(.received(.changes(frame(batch(1), batch(2))))).map(words) == ["commit 2"])
    let effects = session.handle(.received(.changes(frame(batch(2 * half)))))
    #expect(failure(effects) == Failure(code: "limit", detail: "session-logs 65537 > 65536"))
  }

  @Test func aFaultOfTheWireIsToldByItsName() {
    let faults: [(WireFault, Failure)] = [
      (.limit(name: "frame", value: 9, limit: 8), Failure(code: "limit", detail: "frame 9 > 8")),
      (.unknownType(77), Failure(code: "bad-message", detail: "type 77")),
      (.malformed(type: 3), Failure(code: "bad-message", detail: "malformed 3")),
      (.badCompression, Failure(code: "bad-message", detail: "compression")),
    ]
    for (fault, told) in faults { #expect(SessionError.badMessage(fault).toldToPeer == told) }
    #expect(SessionError.gap.toldToPeer == Failure(code: "gap"))
    #expect(SessionError.versionMismatch(theirs: 0).toldToPeer == Failure(code: "version", detail: "0"))
  }

  @Test func anOfferIsCutToWhatAMessageHolds() {
    var session = Session.opened()
    let offer = [OfferedRange](repeating: range, count: Limits.logsPerMessage + 1)
    #expect(session.step(.planned(SendPlan(offer: Offer(offer)))) == ["send offer \(Limits.logsPerMessage)"])
  }
}
