import Ledger
import Replication
import TestSupport
import Testing
import Wire

/// Two machines over two stores in memory, their messages delivered in an order drawn from a seed.
@Suite struct PairTests {
  @Test func anyOrderOfDeliveryConverges() {
    for seed in 0..<500 as Range<UInt64> {
      var pair = Pair(seed: seed)
      pair.left.store.heads = [1: 3, 2: 1]
      pair.right.store.heads = [1: 1, 3: 9]
      pair.left.store.toSend = [1: 1, 2: 0]
      pair.right.store.toSend = [3: 0]
      pair.run()
      #expect(pair.left.outcomes == [.converged], "seed \(seed)")
      #expect(pair.right.outcomes == [.converged], "seed \(seed)")
      #expect(pair.left.store.heads == [1: 3, 2: 1, 3: 9], "seed \(seed)")
      #expect(pair.right.store.heads == pair.left.store.heads, "seed \(seed)")
    }
  }

  /// The cursors say that there is nothing to send, and they are wrong at both ends.
  @Test func wrongCursorsAreMadeGoodByTheHeads() {
    for seed in 0..<500 as Range<UInt64> {
      var pair = Pair(seed: seed)
      pair.left.store.heads = [1: 3, 2: 1]
      pair.right.store.heads = [1: 1, 3: 9]
      pair.run()
      #expect(pair.left.outcomes == [.converged] && pair.right.outcomes == [.converged], "seed \(seed)")
      #expect(pair.left.store.heads == pair.right.store.heads, "seed \(seed)")
      #expect(pair.left.store.plansByHeads == 1 && pair.right.store.plansByHeads == 1, "seed \(seed)")
    }
  }

  /// A difference that sending does not mend (a digest that was kept up wrongly) ends the session all the same.
  @Test func aDifferenceThatStaysIsToldByBoth() {
    for seed in 0..<200 as Range<UInt64> {
      var pair = Pair(seed: seed)
      pair.left.store.heads = [1: 3]
      pair.right.store.heads = [1: 3]
      pair.left.store.digestIsWrong = true
      pair.run()
      #expect(pair.left.outcomes == [.unequal] && pair.right.outcomes == [.unequal], "seed \(seed)")
      #expect(pair.left.store.plansByHeads == 1 && pair.right.store.plansByHeads == 1, "seed \(seed)")
    }
  }
}

/// A store as far as a session can see it: how long each log is.
private struct MemoryStore {
  var heads: [Int: UInt64] = [:]
  /// By log, the number after which the peer still has to be sent it, as the cursors say.
  var toSend: [Int: UInt64] = [:]
  var digestIsWrong = false
  var plansByHeads = 0

  var digest: Hash256 {
    let all = heads.filter { $0.value > 0 }.sorted { $0.key < $1.key }
    return Hash256(hashing: Array("\(all)\(digestIsWrong)".utf8))
  }

  mutating func load() -> (ChangesFrame?, isLast: Bool) {
    guard let (log, from) = toSend.first(where: { $0.value < heads[$0.key] ?? 0 }) else { return (nil, true) }
    toSend[log] = from + 1
    return (frame(batch(log, startN: from)), false)
  }

  mutating func take(_ frame: ChangesFrame) {
    for batch in frame.batches {
      guard let log = (0...9).first(where: { testLog($0) == batch.log }) else { continue }
      heads[log] = max(heads[log] ?? 0, batch.startN + UInt64(batch.bodies.count))
    }
  }
}

private struct Side {
  var session: Session
  var store = MemoryStore()
  var inbox: [Message] = []
  var outcomes: [Checkpoint.Outcome] = []
  var isOver = false
  /// Messages for the other side.
  var outbox: [Message] = []

  mutating func handle(_ event: Session.Event) {
    var queue = session.handle(event)[...]
    while let effect = queue.popFirst() {
      queue += carryOut(effect).map { session.handle($0) } ?? []
    }
  }

  /// - Returns: what comes back of it.
  private mutating func carryOut(_ effect: Session.Effect) -> Session.Event? {
    switch effect {
    case .send(let message): outbox.append(message)
    case .plan: return .planned(SendPlan(offer: []))
    case .planByHeads:
      store.plansByHeads += 1
      store.toSend = store.heads.mapValues { _ in 0 }
      let offer = store.heads.map { OfferedRange(log: testLog($0.key), from: 1, to: $0.value, toHash: .zero) }
      return .planned(SendPlan(offer: Offer(offer)))
    case .answer(let offer):
      return .answered(
        offer.map { range in
          let log = (0...9).first { testLog($0) == range.log } ?? 0
          return HeldLog(log: range.log, points: [HeldLog.Point(n: store.heads[log] ?? 0, hash: .zero)])
        })
    case .narrow(let held):
      for log in held {
        guard let number = (0...9).first(where: { testLog($0) == log.log }) else { continue }
        store.toSend[number] = log.points.first?.n
      }
      return .narrowed
    case .load:
      let (frame, isLast) = store.load()
      return .loaded(frame, isLast: isLast)
    case .commit(let frame):
      store.take(frame)
      return .committed(IntakeOutcome(new: 1, refused: 0))
    case .makeDone(let sent, let received):
      return .doneMade(done(sent: sent, received: received, store.digest))
    case .checkpoint(let checkpoint): outcomes.append(checkpoint.outcome)
    case .finish: isOver = true
    case .fail(let error): Issue.record("\(error)")
    // The stores in memory have no attachments.
    case .noteLosses, .takeBack, .keepReceipts, .keepCursor, .lookForAttachments, .findAttachment, .readChunk,
      .keepChunk,
      .noteAbsent, .noteMisfit, .notePeerContents, .attachmentsHandedOver, .attachmentsFetched:
      break
    }
    return nil
  }
}

private struct Pair {
  var left = Side(session: Session(isInitiator: true, watches: false))
  var right = Side(session: Session(isInitiator: false, watches: false))
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func run() {
    right.handle(.opened(hello()))
    left.handle(.opened(hello()))
    for _ in 0..<1000 {
      right.inbox += left.outbox
      left.inbox += right.outbox
      left.outbox = []
      right.outbox = []
      guard !left.inbox.isEmpty || !right.inbox.isEmpty else { return }
      // Each link keeps its order; which of the two moves first is drawn.
      if right.inbox.isEmpty || !left.inbox.isEmpty && Bool.random(using: &random) {
        left.handle(.received(left.inbox.removeFirst()))
      } else {
        right.handle(.received(right.inbox.removeFirst()))
      }
    }
    Issue.record("the session does not end")
  }
}
