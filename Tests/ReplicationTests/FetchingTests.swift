import Ledger
import Replication
import Testing
import Wire

/// Attachments after the records: the machine alone, stepped by hand.
@Suite struct FetchingTests {
  private static let piece = Limits.chunkBytes
  private let space = Space(division: DivisionCode("540100")!, section: .records)

  private func ask(_ number: UInt8, bytes: Int) -> AttachmentAsk {
    AttachmentAsk(
      space: space, record: RecordID(milliseconds: 1, random: (UInt64(number), 1)),
      content: Hash256(hashing: [number]), byteCount: bytes)
  }

  private func chunk(_ ask: AttachmentAsk, _ offset: Int, count: Int? = nil) -> Message {
    let count = count ?? min(FetchingTests.piece, ask.byteCount - offset)
    return .attachmentChunk(
      AttachmentChunk(content: ask.content, offset: UInt64(offset), data: [UInt8](repeating: 1, count: count))
    )
  }

  private func absent(_ ask: AttachmentAsk, _ offset: Int) -> Message {
    .attachmentAbsent(AttachmentAbsent(content: ask.content, offset: UInt64(offset)))
  }

  private func kept(_ ask: AttachmentAsk, _ offset: Int, _ result: Session.ChunkResult = .kept)
    -> Session.Event
  {
    guard case .attachmentChunk(let chunk) = chunk(ask, offset) else { preconditionFailure() }
    return .chunkKept(AskedChunk(ask: ask, chunk: chunk), result)
  }

  /// A session that had nothing to send and has said Done, between two that know of attachments.
  private func through(fetches: Bool, watches: Bool = false, peerKnows: Bool = true) -> Session {
    var session = Session(isInitiator: true, watches: watches)
    var own = hello(watches: watches)
    own.attachments = true
    var theirs = own
    theirs.attachments = peerKnows
    _ = session.handle(.opened(own))
    _ = session.handle(.received(.hello(theirs)))
    _ = session.handle(.planned(SendPlan(offer: [])))
    _ = session.handle(.loaded(nil, isLast: true))
    var said = done()
    said.fetches = fetches
    _ = session.handle(.doneMade(said))
    return session
  }

  private func theirDone(fetches: Bool = false) -> Session.Event {
    var said = done()
    said.fetches = fetches
    return .received(.done(said))
  }

  @Test func nothingIsAskedForBeforeTheRecordsAreThrough() {
    var session = through(fetches: true)
    #expect(session.step(.received(.changes(frame(batch())))) == ["commit 1"])
    #expect(session.step(.committed(IntakeOutcome(new: 1, refused: 0))) == ["send ack 1"])
    var theirs = done(sent: 1)
    theirs.fetches = false
    #expect(session.step(.received(.done(theirs))) == ["make done 0/1"])
    var own = done(received: 1)
    own.fetches = true
    #expect(
      session.step(.doneMade(own)) == [
        "send done 0/1", "checkpoint converged", "look for attachments", "find",
      ])
  }

  @Test func withNothingMissingTheSessionEndsAsItDidBefore() {
    var session = through(fetches: false)
    #expect(session.step(theirDone()) == ["checkpoint converged", "finish"])
    #expect(session.roundTrips == 1)
  }

  @Test func atMostAWindowOfPiecesIsUnderWay() {
    var session = through(fetches: true)
    _ = session.step(theirDone())
    let large = ask(1, bytes: 6 * FetchingTests.piece + 5)
    #expect(
      session.step(.attachmentFound(large, from: 0))
        == (0..<4).map { "send request \($0 * FetchingTests.piece)" })
    #expect(
      session.step(.received(chunk(large, 0))) == ["keep 0", "send request \(4 * FetchingTests.piece)"])
    #expect(session.step(kept(large, 0)) == [])
  }

  @Test func aTransferGoesOnBehindTheLastWholePieceAndEndsTheSession() {
    var session = through(fetches: true)
    _ = session.step(theirDone())
    let piece = FetchingTests.piece
    let one = ask(1, bytes: 3 * piece + 5)
    #expect(
      session.step(.attachmentFound(one, from: 2 * piece))
        == ["send request \(2 * piece)", "send request \(3 * piece)", "find"])
    #expect(session.step(.attachmentFound(nil, from: 0)) == [])
    #expect(session.step(.received(chunk(one, 2 * piece))) == ["keep \(2 * piece)"])
    _ = session.step(kept(one, 2 * piece))
    // Not before the last piece is kept, and the whole is what its hash says.
    #expect(session.step(.received(chunk(one, 3 * piece))) == ["keep \(3 * piece)"])
    #expect(session.step(kept(one, 3 * piece, .whole)) == ["find"])
    #expect(session.step(.attachmentFound(nil, from: 0)) == ["send through 1", "fetched", "finish"])
  }

  /// The same content by another record waits until the first one is done with, so that it is looked for then.
  @Test func whatWaitedForAnotherIsFoundWhenThatIsWhole() {
    var session = through(fetches: true)
    _ = session.step(theirDone())
    let (one, other) = (ask(1, bytes: 5), ask(2, bytes: 5))
    _ = session.step(.attachmentFound(one, from: 0))
    #expect(session.step(.attachmentFound(nil, from: 0)) == [])
    _ = session.step(.received(chunk(one, 0)))
    #expect(session.step(kept(one, 0, .whole)) == ["find"])
    #expect(session.step(.attachmentFound(other, from: 0)) == ["send request 0", "find"])
    #expect(session.step(.attachmentFound(nil, from: 0)) == [])
    #expect(session.step(.received(absent(other, 0))) == ["absent", "find"])
    #expect(session.step(.attachmentFound(nil, from: 0)) == ["send through 1", "fetched", "finish"])
  }

  @Test func anEmptyFileIsOnePieceOfNothing() {
    var session = through(fetches: true)
    _ = session.step(theirDone())
    let empty = ask(1, bytes: 0)
    #expect(session.step(.attachmentFound(empty, from: 0)) == ["send request 0", "find"])
    #expect(session.step(.received(chunk(empty, 0))) == ["keep 0"])
  }

  /// What was here from before may be what does not fit, so that the port gives it once more from its beginning.
  @Test func aContentThatDoesNotFitIsLookedForOnceMore() {
    var session = through(fetches: true)
    _ = session.step(theirDone())
    let one = ask(1, bytes: 5)
    _ = session.step(.attachmentFound(one, from: 0))
    _ = session.step(.attachmentFound(nil, from: 0))
    _ = session.step(.received(chunk(one, 0)))
    #expect(session.step(kept(one, 0, .refused)) == ["find"])
    #expect(session.step(.attachmentFound(one, from: 0)) == ["send request 0", "find"])
    _ = session.step(.attachmentFound(nil, from: 0))
    _ = session.step(.received(chunk(one, 0)))
    #expect(session.step(kept(one, 0, .whole)) == ["find"])
    #expect(session.step(.attachmentFound(nil, from: 0)) == ["send through 1", "fetched", "finish"])
  }

  @Test func whatThePeerHasNotIsGivenUpAndTheOthersCome() {
    var session = through(fetches: true)
    _ = session.step(theirDone())
    let piece = FetchingTests.piece
    let gone = ask(1, bytes: 9 * piece)
    _ = session.step(.attachmentFound(gone, from: 0))
    #expect(session.step(.received(absent(gone, 0))) == ["absent", "find"])
    let other = ask(2, bytes: 5)
    #expect(session.step(.attachmentFound(other, from: 0)) == ["send request 0"])
    // What was under way of the first one is passed over, whatever it is.
    #expect(session.step(.received(absent(gone, piece))) == ["find"])
    #expect(session.step(.attachmentFound(nil, from: 0)) == [])
    #expect(session.step(.received(chunk(gone, 2 * piece))) == [])
    #expect(session.step(.received(absent(gone, 3 * piece))) == [])
    #expect(session.step(.received(chunk(other, 0))).first == "keep 0")
  }

  @Test func anotherLengthThanTheRecordSaysEndsThatOneAlone() {
    var session = through(fetches: true)
    _ = session.step(theirDone())
    let one = ask(1, bytes: 5)
    _ = session.step(.attachmentFound(one, from: 0))
    _ = session.step(.attachmentFound(nil, from: 0))
    #expect(session.step(.received(chunk(one, 0, count: 6))) == ["misfit", "find"])
    #expect(session.step(.attachmentFound(nil, from: 0)) == ["send through 0", "fetched", "finish"])
  }

  @Test func anAnswerToNoRequestEndsTheSession() {
    let one = ask(1, bytes: 2 * FetchingTests.piece)
    let wrong = [chunk(one, FetchingTests.piece), chunk(ask(2, bytes: 5), 0), absent(one, 7)]
    for message in wrong {
      var session = through(fetches: true)
      _ = session.step(theirDone())
      _ = session.step(.attachmentFound(one, from: 0))
      #expect(session.step(.received(message)).last == "fail unexpected-message", "\(message.type)")
    }
    var session = through(fetches: true)
    #expect(session.step(.received(chunk(one, 0))).last == "fail unexpected-message")
  }

  @Test func aRequestIsAnsweredWhileThePeerAsks() {
    var session = through(fetches: false)
    #expect(session.step(theirDone(fetches: true)) == ["checkpoint converged"])
    #expect(!session.isAtRest)
    let one = ask(1, bytes: 5)
    let request = AttachmentRequest(space: space, record: one.record, content: one.content, offset: 0)
    #expect(session.step(.received(.attachmentRequest(request))) == ["read 0"])
    #expect(session.step(.chunkRead(request, [1, 2])) == ["send chunk 0 of 2"])
    #expect(session.step(.received(.attachmentRequest(request))) == ["read 0"])
    #expect(session.step(.chunkRead(request, nil)) == ["send absent 0"])
    #expect(session.step(.received(.attachmentsThrough(fetched: 1))) == ["handed over 1", "finish"])
  }

  @Test func bothMayAskAtOnceAndTheLastOneThroughEndsIt() {
    var session = through(fetches: true)
    #expect(
      session.step(theirDone(fetches: true)) == ["checkpoint converged", "look for attachments", "find"])
    #expect(session.step(.attachmentFound(nil, from: 0)) == ["send through 0", "fetched"])
    #expect(session.step(.received(.attachmentsThrough(fetched: 0))) == ["handed over 0", "finish"])
  }

  /// Only who has said that it will ask says that it is through, once for each time.
  @Test func whoDidNotAskIsNotThrough() {
    let through = Session.Event.received(.attachmentsThrough(fetched: UInt64(UInt32.max)))
    var session = Session(isInitiator: true, watches: true)
    var both = hello(watches: true)
    both.attachments = true
    _ = session.handle(.opened(both))
    _ = session.handle(.received(.hello(both)))
    #expect(session.step(through).last == "fail unexpected-message")
    var asked = self.through(fetches: false, watches: true)
    for _ in 0..<2 { _ = asked.step(theirDone(fetches: true)) }
    // Asked for from two checkpoints, in one go or in two.
    for _ in 0..<2 { #expect(asked.step(through) == ["handed over 4294967295"]) }
    #expect(asked.step(through).last == "fail unexpected-message")
  }

  /// A peer of before is asked nothing, and its messages mean what they did.
  @Test func aPeerThatKnowsNothingOfAttachmentsIsAskedNothing() {
    var session = through(fetches: true, peerKnows: false)
    #expect(session.step(theirDone()) == ["checkpoint converged", "finish"])
    var other = through(fetches: false, peerKnows: false)
    #expect(other.step(.received(.attachmentsThrough(fetched: 0))).last == "fail unexpected-message")
  }

  @Test func aSessionThatStaysOpenCarriesRecordsBetweenPieces() {
    var session = through(fetches: true, watches: true)
    let piece = FetchingTests.piece
    #expect(session.step(theirDone()) == ["checkpoint converged", "look for attachments", "find"])
    let one = ask(1, bytes: 9 * piece)
    _ = session.step(.attachmentFound(one, from: 0))
    #expect(session.step(.localCommit) == ["load"])
    #expect(session.step(.loaded(frame(batch()), isLast: true)) == ["send changes", "make done 1/0"])
    #expect(session.step(.received(chunk(one, 0))) == ["keep 0", "send request \(4 * piece)"])
    // An end is wanted: no more than what is under way is awaited, and the peer's word that it has all.
    #expect(session.step(.doneMade(done(sent: 1))) == ["send done 1/0"])
    #expect(session.step(.received(.done(done(received: 1)))) == ["checkpoint converged"])
    #expect(session.step(.stop) == [])
    _ = session.step(kept(one, 0))
    for offset in 1...4 {
      #expect(session.step(.received(chunk(one, offset * piece))) == ["keep \(offset * piece)"])
      let end = offset == 4 ? ["send through 0", "fetched", "finish"] : []
      #expect(session.step(kept(one, offset * piece)) == end)
    }
  }

  /// Between two checkpoints as well: the peer may have come to have it.
  @Test func aSessionThatStaysOpenAsksAsSoonAsItSaysSo() {
    var session = through(fetches: false, watches: true)
    #expect(session.step(theirDone()) == ["checkpoint converged"])
    #expect(session.step(.idle) == ["make done 0/0"])
    var own = done()
    own.fetches = true
    #expect(session.step(.doneMade(own)) == ["send done 0/0", "look for attachments", "find"])
    #expect(session.step(.attachmentFound(nil, from: 0)) == ["send through 0", "fetched"])
  }

  /// That the peer lacks nothing is said of the records that both hold, and of no others.
  @Test func whatThePeerHasIsToldOnce() {
    var session = through(fetches: false, watches: true)
    var said = done()
    said.contents = 7
    said.isComplete = true
    #expect(session.step(.received(.done(said))) == ["peer has 7, all", "checkpoint converged"])
    #expect(session.step(.received(.done(said))) == [])
    var other = through(fetches: false, watches: true)
    said.digest = digestB
    #expect(other.step(.received(.done(said))).first == "peer has 7")
  }

  @Test func itIsKnownWhetherTheRecordsWereThroughWhenItBroke() {
    var session = through(fetches: true)
    #expect(!session.isThroughWithRecords)
    _ = session.step(theirDone())
    #expect(session.isThroughWithRecords && session.wishes == (own: true, theirs: false))
    #expect(session.step(.received(chunk(ask(1, bytes: 5), 0))).last == "fail unexpected-message")
    #expect(session.isThroughWithRecords)
  }
}
