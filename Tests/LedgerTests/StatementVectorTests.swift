import Ledger
import TestSupport
import Testing

/// Statements of every type, alone and in a change.
@Suite struct StatementVectorTests {
  private let notices = Space(division: DivisionCode("540000")!, section: .notices)

  /// Each with its fields as they are named in SPEC.md, section 4.
  private func statements() throws -> [(title: String, statement: Statement, fields: [String: Any])] {
    let certificate = try #require(
      VectorFile.kept("certificates")?.first { $0["title"] as? String == "prefecture" }?["der"] as? String)
    let pack = "lineage: xz-quality-month\nversion: 2\nkinds: []\n"
    let honoured = [
      ChangeRef(log: testLog(1), n: 300, hashPrefix: 0x0102_0304_0506_0708),
      ChangeRef(
        log: LogID(node: testNode(1), space: notices, epoch: .max), n: 1, hashPrefix: 0xf0f0_f0f0_f0f0_f0f0),
    ]
    let revocation = Revocation(node: testNode(1), honoured: honoured, reason: "电脑遗失")
    let nothing = Revocation(node: testNode(2), honoured: [], reason: "")
    let redaction = Redaction(
      space: testSpace, record: testRecord, cell: 5, member: 7, reason: "本人申请",
      erased: [Redaction.Erased(change: honoured[0], leaves: [0, 3, 300])])
    let erasure = AttachmentErasure(
      space: testSpace, record: testRecord, content: Hash256(hashing: [9]), reason: "含个人信息")
    let first = RevocationPart(
      node: testNode(1), previous: nil, isLast: false, honoured: [honoured[0]], reason: "")
    let last = RevocationPart(
      node: testNode(1), previous: .max, isLast: true, honoured: [honoured[1]], reason: "电脑遗失")
    return [
      ("a certificate", .certificate(try #require([UInt8](hex: certificate))), ["certificate": certificate]),
      ("a pack", .pack(Array(pack.utf8)), ["pack": pack]),
      ("a revocation that honours a part of two logs", .revocation(revocation), fields(revocation)),
      ("a revocation that honours nothing", .revocation(nothing), fields(nothing)),
      ("a release", .release(honoured[1]), ["revoking": fields(honoured[1])]),
      (
        "a redaction of a text in a group", .redaction(redaction),
        place(testSpace).merging([
          "cell": 5, "member": 7, "reason": redaction.reason,
          "erased": [["change": fields(honoured[0]), "leaves": [0, 3, 300]] as [String: Any]],
        ]) { $1 }
      ),
      (
        "the erasure of an attachment", .erasure(erasure),
        place(testSpace).merging(["content": erasure.content.description, "reason": erasure.reason]) { $1 }
      ),
      ("the first part of a long revocation", .revocationPart(first), fields(first)),
      ("the last part of one", .revocationPart(last), fields(last)),
      ("that a rule decided", .decided(by: .latest), ["rule": "latest"]),
      ("one of a newer version", .unknown(type: 4000, payload: [1, 2, 3]), [:]),
    ]
  }

  private func place(_ space: Space) -> [String: Any] {
    [
      "section": Int(space.section.rawValue), "division": space.division.description,
      "record": testRecord.description,
    ]
  }

  private func fields(_ ref: ChangeRef) -> [String: Any] {
    [
      "log": ref.log.canonicalBytes.hex, "n": Int(ref.n), "hash_prefix": ref.hashPrefix.bigEndianBytes.hex,
    ]
  }

  private func fields(_ part: RevocationPart) -> [String: Any] {
    var fields: [String: Any] = [
      "node": part.node.description, "honoured": part.honoured.map(fields), "reason": part.reason,
      "is_last": part.isLast,
    ]
    fields["previous"] = part.previous?.bigEndianBytes.hex
    return fields
  }

  private func fields(_ revocation: Revocation) -> [String: Any] {
    [
      "node": revocation.node.description, "honoured": revocation.honoured.map(fields),
      "reason": revocation.reason,
    ]
  }

  @Test func theStatementsAreWhatTheCodeMakes() throws {
    let statements = try statements()
    for (title, statement, _) in statements {
      #expect(try Statement(type: statement.type, payload: statement.payload) == statement, "\(title)")
    }
    var head = LogHead(emptyLog: LogID(node: testNode(3), space: notices, epoch: 5))
    let content = ChangeContent(time: 1_756_700_000_123, statements: statements.map(\.statement))
    let (change, _) = try head.append(content, seed: seed16, sign: { _ in noSignature })
    let body = try ChangeBody(change.body)
    let read = try ChangeDecoder.decode(body, of: change.ref, previousTime: 0)
    #expect(read.statements == content.statements)
    let vectors = statements.map { title, statement, fields in
      fields.merging([
        "title": title, "type": Int(statement.type), "payload": statement.payload.hex,
      ]) { $1 }
    }
    try VectorFile.check(
      "statements",
      vectors + [
        [
          "title": "a change with all of these, in order", "log": change.log.canonicalBytes.hex, "n": 1,
          "time": Int(change.time), "body": change.body.hex, "body_digest": body.digest.description,
          "hash": change.hash.description,
        ]
      ])
  }
}
