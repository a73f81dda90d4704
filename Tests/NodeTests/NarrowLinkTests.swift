import Foundation
import Store
import Synchronization
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// A link that takes a frame only when the other side reads one, as a full socket does.
private final class NarrowLink: FrameLink {
  typealias Frame = (type: UInt8, payload: [UInt8])

  /// One direction. A frame is handed over from hand to hand.
  private final class Lane: Sendable {
    private struct State {
      var offered: [(frame: Frame, sender: CheckedContinuation<Void, Never>)] = []
      var reader: CheckedContinuation<Frame?, Never>?
      var isClosed = false
    }

    private let state = Mutex(State())

    func hand(_ frame: Frame) async {
      await withCheckedContinuation { sender in
        let (reader, isDone): (CheckedContinuation<Frame?, Never>?, Bool) = state.withLock { state in
          if let reader = state.reader {
            state.reader = nil
            return (reader, true)
          }
          if state.isClosed { return (nil, true) }
          state.offered.append((frame, sender))
          return (nil, false)
        }
        reader?.resume(returning: frame)
        if isDone { sender.resume() }
      }
    }

    func take() async -> Frame? {
      await withTaskCancellationHandler {
        await withCheckedContinuation { reader in
          let (frame, sender, isDone): (Frame?, CheckedContinuation<Void, Never>?, Bool) = state.withLock {
            state in
            if !state.offered.isEmpty {
              let (frame, sender) = state.offered.removeFirst()
              return (frame, sender, true)
            }
            if state.isClosed || Task.isCancelled { return (nil, nil, true) }
            state.reader = reader
            return (nil, nil, false)
          }
          sender?.resume()
          if isDone { reader.resume(returning: frame) }
        }
      } onCancel: {
        let reader = state.withLock { state in
          defer { state.reader = nil }
          return state.reader
        }
        reader?.resume(returning: nil)
      }
    }

    func close() {
      let (reader, senders) = state.withLock { state in
        state.isClosed = true
        defer {
          state.reader = nil
          state.offered = []
        }
        return (state.reader, state.offered.map(\.sender))
      }
      reader?.resume(returning: nil)
      for sender in senders { sender.resume() }
    }
  }

  private let inbound: Lane
  private let outbound: Lane

  private init(inbound: Lane, outbound: Lane) {
    self.inbound = inbound
    self.outbound = outbound
  }

  static func pair() -> (NarrowLink, NarrowLink) {
    let (there, back) = (Lane(), Lane())
    return (NarrowLink(inbound: back, outbound: there), NarrowLink(inbound: there, outbound: back))
  }

  func send(_ frames: [Frame]) async throws { for frame in frames { await outbound.hand(frame) } }
  func receive() async throws -> Frame? { await inbound.take() }

  func close() {
    inbound.close()
    outbound.close()
  }
}

/// A sender that could only send, and not read at the same time, would wait for ever for one that does the same.
@Suite struct NarrowLinkTests {
  private func fill(_ node: LocalNode, rows: Int, random: inout SeededRandom) throws {
    var text = "类别,标题,日期,计划条目,组织单位,培训主题,备注\n"
    for number in 0..<rows {
      // What does not compress fills frames.
      let notes = (0..<65).map { _ in String(UInt64.random(in: .min ... .max, using: &random), radix: 36) }
        .joined()
      text += "培训,第\(number)场,2025-09-10,4.2,市场监管局,standards,\(notes)\n"
    }
    let path = node.store.folder + "/rows.csv"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    _ = try node.importFile(path, LocalNode.ImportOptions())
  }

  private func talk(
    _ a: LocalNode, _ linkA: NarrowLink, _ b: LocalNode, _ linkB: NarrowLink
  ) async throws -> (SessionSummary, SessionSummary) {
    let peerB = try TrustedPeer(chain: b.identity.chain.map(\.der), node: a)
    let peerA = try TrustedPeer(chain: a.identity.chain.map(\.der), node: b)
    async let left: SessionSummary = {
      var driver = try SessionDriver(a, link: linkA, peer: peerB, isInitiator: true)
      defer { linkA.close() }
      return try await driver.run()
    }()
    async let right: SessionSummary = {
      var driver = try SessionDriver(b, link: linkB, peer: peerA, isInitiator: false)
      defer { linkB.close() }
      return try await driver.run()
    }()
    return try await (left, right)
  }

  @Test(.timeLimit(.minutes(10))) func bothSidesWithMuchToSendGetThrough() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    var random = SeededRandom(seed: 7)
    try fill(lhasa, rows: 3000, random: &random)
    // A notice of the region's goes down; a record of its own space would not.
    let rival = try offices.enrolled("540100", "拉萨市局二")
    try fill(rival, rows: 3000, random: &random)
    _ = try await sync(rival, region)

    let (linkA, linkB) = NarrowLink.pair()
    // A test that waits for ever is ended by closing what it waits for.
    let (a, b) = try await withTaskCancellationHandler {
      try await talk(lhasa, linkA, region, linkB)
    } onCancel: {
      linkA.close()
    }
    #expect(a.converged && b.converged)
    #expect(a.sent > Limits.window && a.received > Limits.window)
    #expect(try lhasa.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
  }
}
