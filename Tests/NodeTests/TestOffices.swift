import Campaign
import Foundation
import Ledger
import Store
import Synchronization
import TestSupport
import Trust

@testable import Node

/// A region and its offices, in temporary folders, with a clock of their own.
final class TestOffices: Sendable {
  private let folder = TemporaryFolder()
  let region: LocalNode
  private let surroundings: Surroundings

  init(_ surroundings: Surroundings = .system) throws {
    self.surroundings = surroundings
    region = try LocalNode.create(
      folder: folder.path + "/region", division: "540000", name: "自治区", isRegion: true,
      surroundings: surroundings)
  }

  /// An office that is not enrolled yet.
  func office(_ division: String, _ name: String) throws -> LocalNode {
    try LocalNode.create(
      folder: folder.path + "/" + name, division: division, name: name, isRegion: false,
      surroundings: surroundings)
  }

  /// An office that has joined by token.
  ///
  /// - Parameters:
  ///   - enroller: whose token it is; nil: the region's.
  ///   - mayEnrol: whether it may enrol others in turn.
  func enrolled(
    _ division: String, _ name: String, by enroller: LocalNode? = nil, mayEnrol: Bool = false
  ) throws -> LocalNode {
    try join(office(division, name), by: enroller ?? region, mayEnrol: mayEnrol)
  }

  /// A region, and the office of its capital that most plays are about.
  static func withCapital() throws -> (offices: TestOffices, capital: LocalNode) {
    let offices = try TestOffices()
    return (offices, try offices.enrolled("540100", "拉萨市局"))
  }

  /// The same for one that is there: it is enrolled, or renews its certificate.
  ///
  /// - Parameter division: the one that it is invited into, where that is not its own.
  func join(
    _ office: LocalNode, by enroller: LocalNode, only: Bool = false, mayEnrol: Bool = false,
    into division: String? = nil
  ) throws -> LocalNode {
    let pem = try certificates(office, by: enroller, only: only, mayEnrol: mayEnrol, into: division)
    try office.accept(certificates: pem, authority: nil)
    return try LocalNode(opening: office.store.folder, surroundings: office.surroundings)
  }

  /// What an office is given when it joins.
  func certificates(
    _ office: LocalNode, by enroller: LocalNode, only: Bool = false, mayEnrol: Bool = false,
    into division: String? = nil
  ) throws -> String {
    let token = try InvitationToken(
      text: enroller.invite(
        division: division ?? office.facts.division.description, name: office.facts.name, days: 7,
        only: only, mayEnrol: mayEnrol
      ).token)
    let answer = try enroller.enrol(secret: token.secret, request: office.certificateRequest())
    // Over a network the handshake shows the enroller's certificate.
    let shown = try enroller.identity.chain.prefix(1).map { try $0.pem }.joined()
    return answer.chain + shown + answer.authority
  }
}

/// Two ends of a link within the process.
struct QueueLink: FrameLink {
  typealias Frame = (type: UInt8, payload: [UInt8])
  private let inbound: AsyncStream<Frame>
  private let outbound: AsyncStream<Frame>.Continuation

  static func pair() -> (QueueLink, QueueLink) {
    let (a, toA) = AsyncStream<Frame>.makeStream()
    let (b, toB) = AsyncStream<Frame>.makeStream()
    return (QueueLink(inbound: a, outbound: toB), QueueLink(inbound: b, outbound: toA))
  }

  func send(_ frames: [Frame]) async throws { for frame in frames { outbound.yield(frame) } }

  func receive() async throws -> (type: UInt8, payload: [UInt8])? {
    var iterator = inbound.makeAsyncIterator()
    return await iterator.next()
  }

  func close() { outbound.finish() }
}

/// One session between two nodes, without a network.
///
/// - Parameter wish: what `a` asks for of attachments, and `b`.
@discardableResult
func sync(
  _ a: LocalNode, _ b: LocalNode, wish: (a: AttachmentWish, b: AttachmentWish) = (.byRule, .byRule),
  defersAttachments: Bool = false
) async throws -> (a: SessionSummary, b: SessionSummary) {
  let (linkA, linkB) = QueueLink.pair()
  let peerB = try TrustedPeer(chain: b.identity.chain.map(\.der), node: a)
  let peerA = try TrustedPeer(chain: a.identity.chain.map(\.der), node: b)
  async let left: SessionSummary = {
    var driver = try SessionDriver(
      a, link: linkA, peer: peerB, isInitiator: true, wish: wish.a, defersAttachments: defersAttachments)
    defer { linkA.close() }
    return try await driver.run()
  }()
  async let right: SessionSummary = {
    var driver = try SessionDriver(
      b, link: linkB, peer: peerA, isInitiator: false, wish: wish.b)
    defer { linkB.close() }
    return try await driver.run()
  }()
  return try await (left, right)
}

/// The code by which one side refused the other; nil where nothing was refused.
func refusal(_ body: () async throws -> Void) async -> String? {
  do {
    try await body()
    return nil
  } catch NodeError.peerRefused(let code, _) {
    return code
  } catch let refusal as CertificateRefusal {
    return refusal.reason.rawValue
  } catch {
    return "\(error)"
  }
}

extension LocalNode {
  func fingerprint(of division: String) throws -> Hash256 {
    try store.read { snapshot in
      let scope = readingScope(of: DivisionCode(division), try snapshot.pack())
      return try snapshot.fingerprint(scope: scope)
    }
  }

  @discardableResult
  func addTraining(_ title: String, division: String? = nil) throws -> String {
    let recorded = try add(
      kind: "training", division: division, isNotice: false,
      operations: [
        .set("title", to: title), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
      ], operatorName: "扎西")
    return recorded.view.id.description
  }

  /// A record of 540100.
  ///
  /// - Parameter values: beside those that every kind asks for.
  /// - Returns: its id.
  func add(_ kind: String, with values: [String: String]) throws -> String {
    try add(
      kind: kind, division: "540100", isNotice: false,
      operations: [.set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"), .set("organiser", to: "局")]
        + values.sorted { $0.key < $1.key }.map { .set($0.key, to: $0.value) }, operatorName: ""
    ).view.id.description
  }

  func field(_ id: String, _ field: String) throws -> FieldValue? {
    try store.read { snapshot in
      let view = try snapshot.record(prefix: id)
      return view.kind.flatMap { view.content?[field, in: $0] }
    }
  }
}

enum InvitationText {
  static func secret(_ text: String) throws -> [UInt8] { try InvitationToken(text: text).secret }
}

extension LocalNode {
  /// The records of a title, deleted ones left out.
  func ids(titled title: String) throws -> [String] {
    try store.read { snapshot in
      var ids: [String] = []
      try snapshot.forEachRecord(RecordFilter()) { view in
        if let kind = view.kind, view.content?["title", in: kind] == .single(.text(title)) {
          ids.append(view.id.description)
        }
        return true
      }
      return ids
    }
  }
}

extension TemporaryFolder {
  /// A file with a text.
  func file(_ text: String) throws -> String {
    let file = path + "/\(UUID())"
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }
}
