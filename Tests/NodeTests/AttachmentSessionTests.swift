import Foundation
import Ledger
import Replication
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// What a session fetches, and what it leaves for the next one.
@Suite struct AttachmentSessionTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let lhasa: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    region = offices.region
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  @discardableResult
  private func attach(_ text: String, to id: String) throws -> Hash256 {
    let outcome = try lhasa.attach(id, files: [try folder.file(text)], name: text, operatorName: "")
    return try #require(outcome.attached.first).attachment.content
  }

  /// The region's end of a session with the office, by hand: it asks for all that is missing.
  private func port() throws -> StorePort {
    let peer = try TrustedPeer(chain: lhasa.identity.chain.map(\.der), node: region)
    return try StorePort(region, peer: peer, isInitiator: true, wish: .insistent)
  }

  private func found(_ event: Session.Event?) -> AttachmentAsk? {
    guard case .attachmentFound(let ask, _)? = event else { return nil }
    return ask
  }

  private var partials: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: region.store.folder + "/attachments/partial")) ?? []
  }

  /// An end was wanted while one was under way and two were next.
  @Test func whatWasNotAskedForIsNotNotedAsAsked() async throws {
    let id = try lhasa.addTraining("甲")
    for text in ["a", "b", "c"] { try attach(text, to: id) }
    try await sync(lhasa, region, defersAttachments: true)
    let port = try port()
    _ = try port.perform(.lookForAttachments)
    #expect(found(try port.perform(.findAttachment)) != nil)
    _ = try port.perform(.attachmentsFetched)
    #expect(try region.store.read { try $0.asked(peer: port.peerKey)?.through ?? 0 } == 0)
    #expect(try await sync(lhasa, region).b.attachmentsReceived == 3)
  }

  @Test func oneContentOfTwoDivisionsComesInOneSession() async throws {
    let ids = [try lhasa.addTraining("甲"), try lhasa.addTraining("乙", division: "540102")]
    for id in ids { try attach("shared", to: id) }
    #expect(try await sync(lhasa, region).b.attachmentsReceived == 2)
    for id in ids { #expect(try region.attachmentContent(id, name: "shared").bytes.count == 6) }
    #expect(try region.contentFiles.count == 1 && partials.isEmpty)
  }

  @Test func whatAnotherSessionIsAtIsToldAndAskedForNextTime() async throws {
    let id = try lhasa.addTraining("甲")
    let content = try attach("photo", to: id)
    var held = try region.store.contents.partial(content, byteCount: 5)
    #expect(held != nil)
    let (_, first) = try await sync(lhasa, region)
    #expect(first.converged && first.attachmentsBusy == 1 && first.attachmentsReceived == 0)
    held = nil
    #expect(try await sync(lhasa, region).b.attachmentsReceived == 1)
  }

  /// A record's wrong length says nothing of who has the content.
  @Test func aWrongLengthDiscreditsNobody() async throws {
    let id = try lhasa.addTraining("甲")
    let content = try attach("photo", to: id)
    try await sync(lhasa, region)
    let space = Space(division: DivisionCode("540100")!, section: .records)
    try region.store.contents.remove(content)
    try region.store.write { try $0.noteMissing(content) }
    func isHeld(_ port: StorePort) throws -> Bool {
      try region.store.read { try $0.isHeld(content, in: space, by: port.peerKey) }
    }
    for effect in [Session.Effect.noteMisfit, Session.Effect.noteAbsent] {
      let port = try port()
      _ = try port.perform(.lookForAttachments)
      let ask = try #require(found(try port.perform(.findAttachment)))
      _ = try port.perform(effect(ask))
      #expect(found(try port.perform(.findAttachment)) == nil)
      _ = try port.perform(.attachmentsFetched)
      if case .noteMisfit = effect(ask) { #expect(try isHeld(port)) } else { #expect(try !isHeld(port)) }
    }
  }

  /// Nothing stays of what a peer has not got, but what came of it before.
  @Test func whatNobodyGivesLeavesNoFile() async throws {
    let id = try lhasa.addTraining("甲")
    let contents = try ["a", "b"].map { try attach($0, to: id) }
    for content in contents { try lhasa.store.contents.remove(content) }
    try #require(try region.store.contents.partial(contents[0], byteCount: 300_000)).write([1], at: 0)
    #expect(try await sync(lhasa, region).b.attachmentsAbsent == 2)
    #expect(partials == [contents[0].description])
  }

  @Test func whatTheDiskHasSpoiltIsNotGiven() async throws {
    let id = try lhasa.addTraining("甲")
    try attach("photo", to: id)
    let path = try #require(try lhasa.contentFiles.first)
    try Data("phota".utf8).write(to: URL(fileURLWithPath: path))
    let (_, theirs) = try await sync(lhasa, region)
    #expect(theirs.attachmentsRefused == 0 && theirs.attachmentsAbsent == 1)
    #expect(try lhasa.status(division: nil).attachmentsMissing == 1)
    try attach("photo", to: id)
    #expect(try await sync(lhasa, region).b.attachmentsReceived == 1)
  }

  @Test func bothRoundsOfASyncAreCounted() {
    var (later, earlier) = (
      SessionSummary(peer: NodeID(.zero), peerName: ""), SessionSummary(peer: NodeID(.zero), peerName: "")
    )
    let logs = (UInt64(1)...3).map { epoch in
      LogID(
        node: NodeID(.zero), space: Space(division: DivisionCode("540100")!, section: .records), epoch: epoch)
    }
    (earlier.forks, later.forks) = ([logs[0]: 2, logs[1]: 3], [logs[1]: 4, logs[2]: 2])
    later.add(earlier)
    #expect(later.forked == 3 && later.branches == 4)
  }
}
