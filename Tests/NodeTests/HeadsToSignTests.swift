import Ledger
import Replication
import Testing
import Trust
import Wire

@testable import Node

@Suite struct HeadsToSignTests {
  private func head(_ epoch: Int, n: UInt64 = 1) -> LogHead {
    let node = NodeID(Hash256(word0: 1, word1: 2, word2: 3, word3: 4))
    let division = DivisionCode("ABCDEFGHIJKLMNO")!
    return LogHead(
      log: LogID(
        node: node, space: Space(division: division, section: .notices), epoch: UInt64(epoch)),
      n: n, hash: .zero, time: 0)
  }

  /// More logs than one message may name: the rest waits for the next one, and none is said twice.
  @Test func whatDoesNotFitWaits() throws {
    var taken = HeadsToSign()
    let count = Limits.logsPerMessage - 1
    for epoch in 0..<count + 10 {
      let head = head(epoch, n: UInt64(Int64.max))
      taken.note([head], of: head.log)
    }
    let first = taken.take(with: [head(5), head(count + 20)])
    #expect(first.count == count)
    #expect(first.contains(head(5, n: UInt64(Int64.max))))
    let receipt = Receipt(signer: first[0].log.node, at: SigningTime(term: .max, time: .max), heads: first) {
      _ in
      Signature([UInt8](repeating: 1, count: 64))!
    }
    let done = Message.done(
      Done(sentFrames: .max, receivedFrames: .max, digest: .zero, receipt: receipt.encoded))
    #expect(done.encoded().count <= Limits.frameBytes && receipt.headCount == Limits.logsPerMessage)
    #expect(taken.take(with: []).map(\.log.epoch) == (count..<count + 10).map { UInt64($0) })
    #expect(taken.take(with: []).isEmpty)
  }

  /// A link that stands, and refuses one message as too long.
  private struct ShortLink: FrameLink {
    let link: QueueLink

    func send(_ frames: [(type: UInt8, payload: [UInt8])]) async throws {
      if frames.contains(where: { $0.type == 6 }) {
        throw SessionError.limit(name: "frame", value: Limits.frameBytes + 1, limit: Limits.frameBytes)
      }
      try await link.send(frames)
    }

    func receive() async throws -> (type: UInt8, payload: [UInt8])? { try await link.receive() }
  }

  /// Whoever ends closes its side. So one that is told nothing does not wait, but ends with another error than is expected: a
  /// limit of time would count how long a test waits for its turn.
  @Test func aMessageThatIsTooLongEndsTheSessionForBoth() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let (linkA, linkB) = QueueLink.pair()
    let (peerA, peerB) = (
      try TrustedPeer(chain: lhasa.identity.chain.map(\.der), node: region),
      try TrustedPeer(chain: region.identity.chain.map(\.der), node: lhasa)
    )
    async let sender: (any Error)? = {
      defer { linkA.close() }
      var driver = try SessionDriver(lhasa, link: ShortLink(link: linkA), peer: peerB, isInitiator: true)
      do { _ = try await driver.run() } catch { return error }
      return nil
    }()
    async let reader: (any Error)? = {
      defer { linkB.close() }
      var driver = try SessionDriver(region, link: linkB, peer: peerA, isInitiator: false)
      do { _ = try await driver.run() } catch { return error }
      return nil
    }()
    let errors = try await (sender, reader)
    let limit = Limits.frameBytes
    #expect(errors.0 as? SessionError == .limit(name: "frame", value: limit + 1, limit: limit))
    #expect(
      errors.1 as? SessionError
        == .peerFailed(Failure(code: "limit", detail: "frame \(limit + 1) > \(limit)")))
  }
}
