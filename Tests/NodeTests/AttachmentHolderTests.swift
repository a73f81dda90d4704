import Foundation
import Ledger
import Replication
import Store
import Synchronization
import TestSupport
import Testing

@testable import Node

/// Swift Testing has a type of that name as well.
private typealias RecordAttachment = Ledger.Attachment

/// Who is known to have what; whom a store asks, and how often; offices that pass on what others have.
@Suite struct AttachmentHolderTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let lhasa: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    region = offices.region
    lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
  }

  @discardableResult
  private func attach(_ text: String, to id: String, by node: LocalNode) throws -> RecordAttachment {
    let outcome = try node.attach(id, files: [try folder.file(text)], name: text, operatorName: "")
    return try #require(outcome.attached.first).attachment
  }

  private func known(_ node: LocalNode, _ id: String) throws -> [[String]] {
    try node.store.read { snapshot in
      let view = try snapshot.record(prefix: id)
      let whereabouts = try AttachmentWhereabouts(of: node, snapshot)
      return try snapshot.attachments(of: view).map { try whereabouts.knownHolders(of: $0, in: view.space) }
    }
  }

  /// A file is the same whichever record it came with: that the region has it is known of the record that was moved.
  @Test func whoHoldsWhatWasMovedIsKnown() async throws {
    let id = try lhasa.addTraining("甲", division: "540102")
    try attach("photo", to: id, by: lhasa)
    #expect(try lhasa.status(division: nil).attachmentsOnlyHere == 1)
    try await sync(lhasa, region)
    #expect(try lhasa.status(division: nil).attachmentsOnlyHere == 0)
    let heir = try lhasa.move(id, division: "540121", operatorName: "").view.id.description
    #expect(try lhasa.status(division: nil).attachmentsOnlyHere == 0)
    #expect(try known(lhasa, heir) == [["自治区"]])
    // A county that held it for the record that is gone may not read where it went.
    let county = try offices.enrolled("540102", "城关区局", by: lhasa)
    let second = try county.addTraining("乙")
    try attach("other", to: second, by: county)
    try await sync(county, lhasa, wish: (.byRule, .all))
    #expect(try known(lhasa, second) == [["城关区局"]])
    let moved = try lhasa.move(second, division: "540121", operatorName: "").view.id.description
    #expect(try known(lhasa, moved) == [[]])
    #expect(try lhasa.status(division: nil).attachmentsOnlyHere == 1)
  }

  // MARK: what is missing

  /// Hub and region each say where a county's photo is: first only there, then at the hub, which fetches it when told.
  @Test func whatIsMissingBehindAHubIsToldWithWhoHasIt() async throws {
    let county = try offices.enrolled("540102", "城关区局", by: lhasa)
    let id = try county.addTraining("甲")
    try attach("photo", to: id, by: county)
    try await sync(county, lhasa)
    try await sync(lhasa, region)
    let onlyThere = [Told(node: county.facts.node, wasSeen: false, count: 1)]
    #expect(try county.status(division: nil).missingHolders.isEmpty)
    // In the session the county said that it lacks nothing; the region has only heard of it.
    let seenThere = [Told(node: county.facts.node, wasSeen: true, count: 1)]
    #expect(try lhasa.status(division: nil).missingHolders.map(\.told) == seenThere)
    #expect(try region.status(division: nil).missingHolders.map(\.told) == onlyThere)
    try await sync(county, lhasa, wish: (.byRule, .all))
    #expect(try lhasa.status(division: nil).missingHolders.isEmpty)
    // The region asks an office again when it says that contents have come to be there.
    try await sync(lhasa, region)
    #expect(try region.status(division: nil).missingHolders.isEmpty)
    #expect(try region.status(division: nil).attachmentsMissing == 0)
  }

  /// One that somebody was seen to have is told there, and not at who attached it.
  @Test func whatWasSeenIsToldBeforeWhoAttachedIt() async throws {
    let id = try lhasa.addTraining("甲")
    let photo = try attach("photo", to: id, by: lhasa)
    try await sync(lhasa, region)
    try region.store.contents.remove(photo.content)
    do {
      _ = try region.attachmentContent(id, name: "photo")
      Issue.record("it is there")
    } catch AttachmentError.notHere(_, _, let known) {
      #expect(known == ["拉萨市局"])
    }
    let seen = Told(node: lhasa.facts.node, wasSeen: true, count: 1)
    #expect(try region.status(division: nil).missingHolders.map(\.told) == [seen])
  }

  /// A name that a person gives and that is not taken as it stands is told.
  @Test func aNameThatIsAPlaceIsToldAsWhatItBecame() throws {
    let id = try lhasa.addTraining("甲")
    let file = try folder.file("photo")
    let outcome = try lhasa.attach(id, files: [file], name: "../../evil", operatorName: "")
    #expect(outcome.renamed.map(\.wanted) == ["../../evil"] && outcome.renamed.map(\.name) == ["evil"])
    #expect(try lhasa.attach(id, files: [file], operatorName: "").renamed.isEmpty)
    #expect(try lhasa.attach(id, files: [file], name: "现场.jpg", operatorName: "").renamed.isEmpty)
  }

  // MARK: who has it

  @Test func onlyWhatWasSeenElsewhereCountsAsElsewhere() async throws {
    let id = try lhasa.addTraining("甲")
    try attach("photo", to: id, by: lhasa)
    #expect(try lhasa.status(division: nil).attachmentsOnlyHere == 1)
    // The records alone tell nothing of the file.
    let (records, _) = try await sync(lhasa, region, defersAttachments: true)
    #expect(records.leavesAttachments && records.converged)
    #expect(try known(lhasa, id) == [[]] && lhasa.status(division: nil).attachmentsOnlyHere == 1)
    let (mine, _) = try await sync(lhasa, region)
    #expect(mine.attachmentsSent == 1)
    #expect(try known(lhasa, id) == [["自治区"]] && lhasa.status(division: nil).attachmentsOnlyHere == 0)
    #expect(try known(region, id) == [["拉萨市局"]] && region.status(division: nil).attachmentsOnlyHere == 0)
  }

  /// By a stick: its maker had what it carries, and the reader says at the next contact that it lacks nothing.
  @Test func whatAStickBroughtIsKnownWhenTheReaderLacksNothing() async throws {
    let id = try lhasa.addTraining("甲")
    try attach("photo", to: id, by: lhasa)
    let path = folder.path + "/b.tzb"
    _ = try lhasa.makeBundle(for: nil, sinceLast: false, attachments: true, to: path)
    try region.apply(bundle: path)
    #expect(try known(region, id) == [["拉萨市局"]] && known(lhasa, id) == [[]])
    try await sync(lhasa, region)
    #expect(try known(lhasa, id) == [["自治区"]] && lhasa.status(division: nil).attachmentsOnlyHere == 0)
  }

  /// Who lacks it knows as well: whoever lacks nothing of the same records has it.
  @Test func whoHasWhatIsMissingIsKnown() async throws {
    let id = try region.addTraining("甲", division: "540100")
    try attach("photo", to: id, by: region)
    let (mine, _) = try await sync(lhasa, region)
    #expect(mine.attachmentsReceived == 0 && mine.converged)
    #expect(try known(lhasa, id) == [["自治区"]] && known(region, id) == [[]])
    #expect(try lhasa.status(division: nil).attachmentsMissing == 1)
    #expect(try region.status(division: nil).attachmentsOnlyHere == 1)
    #expect(try await sync(lhasa, region, wish: (.all, .byRule)).a.attachmentsReceived == 1)
    #expect(try known(lhasa, id) == [["自治区"]] && known(region, id) == [["拉萨市局"]])
  }

  @Test func whoAsksForItHasItNoMore() async throws {
    let id = try lhasa.addTraining("甲")
    let content = try attach("photo", to: id, by: lhasa).content
    try await sync(lhasa, region)
    #expect(try known(lhasa, id) == [["自治区"]])
    try region.store.contents.remove(content)
    try region.store.write { try $0.noteMissing(content) }
    // The office has lost it as well: the region is told so, and asks no more.
    try lhasa.store.contents.remove(content)
    try await sync(lhasa, region)
    #expect(try known(lhasa, id) == [[]] && known(region, id) == [[]])
  }

  @Test func anErasedOneIsNowhere() async throws {
    let id = try lhasa.addTraining("甲")
    try attach("photo", to: id, by: lhasa)
    try await sync(lhasa, region)
    _ = try region.eraseAttachment(id, name: "photo", reason: "x", operatorName: "")
    try await sync(lhasa, region)
    for node in [lhasa, region] {
      #expect(try known(node, id) == [[]] && node.status(division: nil).attachmentsOnlyHere == 0)
    }
  }

  // MARK: who is asked

  /// The region has no link but to the prefecture, which fetches from its counties to pass it on.
  @Test func aHubFetchesWhatItPassesOn() async throws {
    let county = try offices.enrolled("540121", "林周县局", by: lhasa)
    let id = try county.addTraining("甲")
    try attach("photo", to: id, by: county)
    // By the rule the hub fetches its own alone: the region is told that there is none, and does not ask on and on.
    try await sync(county, lhasa)
    #expect(try await sync(lhasa, region).b.attachmentsAbsent == 1)
    #expect(try await sync(lhasa, region).b.attachmentsAbsent == 0)
    #expect(try await sync(county, lhasa, wish: (.byRule, .all)).b.attachmentsReceived == 1)
    // That the hub has come to have something it says itself, so that it is asked at once.
    #expect(try await sync(lhasa, region).b.attachmentsReceived == 1)
    #expect(try region.attachmentContent(id, name: "photo").bytes == Array("photo".utf8))
    #expect(try known(region, id) == [["拉萨市局"]])
  }

  /// However much is missing, what a peer has not got is looked at once: the next session begins behind it.
  @Test func whatAPeerHasNotGotIsNotLookedAtAgain() async throws {
    let id = try lhasa.addTraining("甲")
    for number in 0..<70 {
      let content = try attach("\(number)", to: id, by: lhasa).content
      try lhasa.store.contents.remove(content)
    }
    #expect(try await sync(lhasa, region).b.attachmentsAbsent == 70)
    let peer = try #require(try region.store.read { try $0.peer(node: lhasa.facts.node) }).key
    let asked = try #require(try region.store.read { try $0.asked(peer: peer) })
    let rest = try region.store.read {
      try $0.missingAttachments(after: asked.through, author: nil, scope: { _ in true }, limit: 1)
    }
    #expect(rest.found.isEmpty && rest.through == asked.through)
    // What is new is asked for, and nothing else.
    try attach("new", to: id, by: lhasa)
    let (_, theirs) = try await sync(lhasa, region)
    #expect(theirs.attachmentsReceived == 1)
    #expect(try region.status(division: nil).attachmentsMissing == 70)
  }

  @Test func aDayLaterItIsAskedForAgain() {
    let (terms, day) = (Hash256(hashing: [1]), Int64(24 * 3600 * 1000))
    let known = Asked(terms: terms, through: 9000, time: 5, contents: 3)
    func cursor(_ terms: Hash256, insists: Bool = false, at time: Int64) -> AttachmentCursor {
      AttachmentCursor(known, terms: terms, insists: insists, at: time)
    }
    #expect(cursor(terms, at: 5 + day).through == 9000)
    #expect(cursor(terms, at: 6 + day).through == 0)
    #expect(cursor(terms, insists: true, at: 6).through == 0)
    #expect(cursor(Hash256(hashing: [2]), at: 6).through == 0)
    // More has come to be at the peer: the last ones are asked for again, once.
    var told = cursor(terms, at: 6)
    told.note(contents: 3) { 1 }
    #expect(told.through == 9000 && !told.isChanged)
    told.note(contents: 4) { 8000 }
    told.advance(to: 9500)
    #expect(told.take() == Asked(terms: terms, through: 9500, time: 5, contents: 4))
    told.note(contents: 4) { 1 }
    #expect(told.through == 9500 && told.take() == nil)
  }

  /// What came to be at the peer while it was asked it may not have been asked for.
  @Test(arguments: [false, true]) func aLookDoesNotPassWhatCameMeanwhile(insists: Bool) {
    let terms = Hash256(hashing: [1])
    let known = Asked(terms: terms, through: 9000, time: 5, contents: 3)
    var cursor = AttachmentCursor(known, terms: terms, insists: insists, at: 6)
    #expect(cursor.look() == (insists ? 0 : 9000))
    cursor.note(contents: 4) { 8000 }
    cursor.endLook(at: 9500)
    #expect(cursor.through == 8000)
    #expect(cursor.look() == 8000)
    cursor.endLook(at: 9500)
    #expect(cursor.through == 9500)
    // A day has gone by.
    _ = cursor.look()
    cursor.begin(at: 7 + 24 * 3600 * 1000)
    cursor.endLook(at: 9600)
    #expect(cursor.through == 0)
  }

  // MARK: the disk

  @Test func photosLeaveTheDiskTheRoomThatRecordsNeed() async throws {
    let free = Mutex(300 << 20)
    var surroundings = Surroundings.system
    surroundings.space = { _ in (free.withLock { $0 }, 10 << 30) }
    let narrow = try LocalNode(opening: region.store.folder, surroundings: surroundings)
    let id = try lhasa.addTraining("甲")
    try attach(String(repeating: "a", count: 3000), to: id, by: lhasa)
    free.withLock { $0 = DiskRoom.floor + 2999 }
    let (_, theirs) = try await sync(lhasa, narrow)
    #expect(theirs.converged && theirs.attachmentsUnwritten == 1 && theirs.attachmentsReceived == 0)
    guard case AttachmentError.noRoom(3000, let left, let floor)? = theirs.attachmentFault else {
      Issue.record("\(String(describing: theirs.attachmentFault))")
      return
    }
    #expect(left == DiskRoom.floor + 2999 && floor == DiskRoom.floor)
    #expect(try narrow.field(id, "title") != nil)
    let path = folder.path + "/b.tzb"
    _ = try lhasa.makeBundle(for: nil, sinceLast: false, attachments: true, to: path)
    #expect(try narrow.apply(bundle: path).unkept == 1)
    #expect(try narrow.status(division: nil).attachmentsMissing == 1)
    // A smaller one still finds room.
    try attach("small", to: id, by: lhasa)
    let small = try await sync(lhasa, narrow).b
    #expect(small.attachmentsReceived == 1 && small.attachmentsUnwritten == 1)
    // Of a small disk a tenth is left.
    #expect(DiskRoom.floor(ofDiskWith: 100 << 20) == 10 << 20)
    free.withLock { $0 += 1 }
    #expect(try await sync(lhasa, narrow).b.attachmentsReceived == 1)
  }
}

/// Of what is missing: at whom, whether it was seen there, and how much.
private struct Told: Hashable {
  var node: NodeID
  var wasSeen: Bool
  var count: Int
}

extension MissingHolder {
  fileprivate var told: Told { Told(node: node, wasSeen: wasSeen, count: count) }
}
