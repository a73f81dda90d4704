import Foundation
import GRDB
import Ledger
import Replication
import Store
import Testing
import Trust
import Wire

@testable import Node

/// What is set aside stays whose it was, and is taken in when what it lacked has come.
@Suite struct IntakeTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let witness: LocalNode
  /// A computer that nobody has heard of yet.
  private let key: NodeKey

  init() throws {
    offices = try TestOffices()
    region = offices.region
    witness = try offices.enrolled("540100", "拉萨市局")
    key = try NodeKey.generate()
  }

  /// - Returns: the region's notices with a certificate for the computer.
  private func certify(_ covered: [String], until expires: Int64 = 2_000_000_000) throws -> [Batch] {
    guard let root = region.identity.authority, let rootKey = region.identity.authorityKey else { return [] }
    let office = Office(
      name: "新来的", id: "1",
      scope: Scope(
        division: DivisionCode("540100")!, covered: covered.compactMap { DivisionCode($0) },
        ancestors: [DivisionCode("540000")!]), rights: [])
    let certificate = try CertificateAuthority(certificate: root, key: rootKey).issue(
      office, key: key.publicKey, from: 0, to: expires, serial: region.surroundings.random(16))
    try region.store.write { commit in
      try region.append(
        to: Space(division: region.facts.division, section: .notices), operatorName: "",
        statements: [.certificate(certificate.der)], in: commit)
    }
    return try region.store.read { snapshot in
      try snapshot.outgoing(
        after: 0, scope: { $0.section == .notices }, excluding: nil, held: HeldRanges(), limit: 1 << 20
      ).batches
    }
  }

  private func log(in division: String = "540100") -> LogHead {
    let space = Space(division: DivisionCode(division)!, section: .records)
    return LogHead(emptyLog: LogID(node: key.nodeID, space: space, epoch: 1))
  }

  /// The next changes of a log in one batch.
  ///
  /// - Parameters:
  ///   - signed: the numbers of those that are.
  ///   - forged: of these, the one whose signature is not good.
  private func batch(
    _ head: inout LogHead, _ titles: [String], signed: [UInt64], forged: UInt64 = 0
  ) throws -> Batch {
    var batch = Batch(log: head.log, startN: head.n, startHash: head.hash, bodies: [], signatures: [])
    for title in titles {
      let mutation = Mutation(
        target: .id(RecordID(high: 0x0199_037a_bf00_7001, low: 1 << 63 | number(title))),
        creation: Creation(kind: KindName(lineage: "xz-quality-month", code: "training")),
        writes: [CellWrite(cell: 1, content: .register(.text(title)))])
      let (change, signature) = try head.append(
        ChangeContent(time: 1_756_700_000_000, mutations: [mutation]),
        seed: [UInt8](repeating: 7, count: 16), sign: { try key.sign($0) })
      batch.bodies.append(change.body)
      guard signed.contains(change.n) else { continue }
      let given = change.n == forged ? Signature([UInt8](repeating: 1, count: 64))! : signature
      batch.signatures.append(Batch.HeadSignature(n: change.n, signature: given))
    }
    return batch
  }

  private func number(_ title: String) -> UInt64 {
    title.unicodeScalars.reduce(0) { $0 << 16 | UInt64($1.value) } & (1 << 62 - 1)
  }

  /// Takes frames in as one session does.
  private func take(_ frames: [[Batch]], from source: Int64 = 9, into node: LocalNode) throws
    -> [IntakeOutcome]
  {
    let cursor = ArrivalCursor(
      store: [UInt8](repeating: 9, count: 16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    return try node.store.write { commit in
      var authority = try Authority(commit.snapshot, identity: node.identity)
      let scope = node.scope(try commit.pack())
      var intake = Intake(node: node, source: source)
      return try frames.map {
        try intake.take(
          ChangesFrame(batches: $0, through: cursor), mayRead: scope.mayRead, authority: &authority,
          in: commit)
      }
    }
  }

  private func setAside(_ node: LocalNode) throws -> [String] {
    try node.store.read { try $0.quarantine() }.map { "\($0.n) \($0.reason)" }
  }

  private func records(_ node: LocalNode) throws -> Int { try node.store.read { try $0.recordCount() } }

  @Test func whatWaitedStaysWhoseItWas() throws {
    var head = log()
    let waiting = try batch(&head, ["一", "二"], signed: [2])
    #expect(try take([[waiting]], from: 8, into: witness).map(\.refused) == [1])
    #expect(try setAside(witness) == ["1 unknown-author"])
    #expect(try take([certify(["540100"])], from: 9, into: witness).last!.new >= 2)
    #expect(try records(witness) == 2 && setAside(witness).isEmpty)
    let database = try DatabaseQueue(path: witness.store.folder + "/store.sqlite")
    let sources = try database.read { db in
      try Int64.fetchAll(
        db,
        sql: "SELECT source FROM changes JOIN branches ON branches.key = branch WHERE branches.node = ?",
        arguments: [Data(key.nodeID.bytes)])
    }
    #expect(sources == [8, 8])
  }

  /// What follows something that waited waits with it, from whomever each came, and comes in with it.
  @Test func whatFollowsAStretchThatWaitedComesInWithIt() throws {
    var head = log()
    let parts = [
      try batch(&head, ["一", "二"], signed: [2]), try batch(&head, ["三"], signed: [3]),
      try batch(&head, ["四", "五"], signed: [4, 5]),
    ]
    for (source, part) in parts.enumerated() {
      _ = try take([[part]], from: Int64(8 + source), into: witness)
    }
    #expect(try records(witness) == 0 && setAside(witness).count == 3)
    _ = try take([certify(["540100"])], from: 20, into: witness)
    #expect(try records(witness) == 5 && setAside(witness).isEmpty)
  }

  @Test func whatIsStillNotBelievedIsSetAsideAnewAndEndsNoSession() throws {
    var head = log()
    let waiting = try batch(&head, ["一", "二", "三"], signed: [1, 3], forged: 3)
    let next = try batch(&head, ["四"], signed: [4])
    _ = try take([[waiting]], into: witness)
    _ = try take([certify(["540100"])], into: witness)
    #expect(try records(witness) == 1)
    #expect(try setAside(witness) == ["2 bad-signature"])
    // What follows it is refused as that, and not as a gap.
    #expect(try take([[next]], into: witness).map(\.refused) == [1])
    #expect(try setAside(witness) == ["2 bad-signature", "4 does-not-follow"])
  }

  /// Invariant 8: where no more refusals are noted, what follows one is still no gap.
  @Test func invariant8AFullQuarantineEndsNoSession() throws {
    _ = try take([certify(["540100"])], into: witness)
    var head = log()
    let forged = try batch(&head, ["一"], signed: [1], forged: 1)
    let next = try batch(&head, ["二"], signed: [2])
    try witness.store.write { commit in
      for n in 1...Commit.quarantineRowLimit {
        try commit.quarantine(
          log: log(in: "540122").log, n: UInt64(n), hash: nil, reason: "bad-signature", source: 9, at: 0,
          batch: nil)
      }
    }
    #expect(try take([[forged], [next]], into: witness).map(\.refused) == [1, 2])
  }

  @Test func aWiderCertificateLetsInWhatWasOutOfScope() throws {
    _ = try take([certify(["540100"])], into: witness)
    var head = log(in: "540121")
    let waiting = try batch(&head, ["县里的"], signed: [1])
    _ = try take([[waiting]], into: witness)
    #expect(try setAside(witness) == ["1 out-of-scope"])
    _ = try take([certify(["540100", "540121"], until: 2_000_000_001)], into: witness)
    #expect(try records(witness) == 1 && setAside(witness).isEmpty)
  }

  /// The same where the peer itself shows it, before its issuer's notices have come.
  @Test func theCertificateOfAHandshakeLetsItInToo() throws {
    let county = try offices.enrolled("540121", "林周县局")
    _ = try county.addTraining("县里的")
    let older = try OfficeRow(olderCertificate(of: county), issuer: nil, under: nil)
    try witness.store.write { commit in _ = try commit.keep(older) }
    let batches = try county.store.read { snapshot in
      try snapshot.outgoing(
        after: 0, scope: { _ in true }, excluding: nil, held: HeldRanges(), limit: 1 << 20
      )
      .batches
    }
    _ = try take([batches], into: witness)
    #expect(try setAside(witness) == ["1 out-of-scope"])
    _ = try StorePort(
      witness, peer: TrustedPeer(chain: county.identity.chain.map(\.der), node: witness), isInitiator: false)
    #expect(try records(witness) == 1 && setAside(witness).isEmpty)
  }

  /// A certificate of an office's key for another division.
  private func olderCertificate(of office: LocalNode) throws -> Certificate {
    let root = try #require(region.identity.authority)
    let rootKey = try #require(region.identity.authorityKey)
    let scope = Scope(
      division: DivisionCode("540122")!, covered: [],
      ancestors: [DivisionCode("540100")!, DivisionCode("540000")!])
    return try CertificateAuthority(certificate: root, key: rootKey).issue(
      Office(name: "旧", id: "2", scope: scope, rights: []), key: office.identity.key.publicKey, from: 0,
      to: 1_700_000_000, serial: region.surroundings.random(16))
  }

  @Test func whatWasRefusedAndTakenInSinceIsNoRefusal() throws {
    var head = log()
    let waiting = try batch(&head, ["一"], signed: [1])
    let notices = try certify(["540100"])
    #expect(try take([[waiting], notices], into: witness).map(\.refused) == [1, 0])
    #expect(try records(witness) == 1)
  }

  /// Two branches have changes of one number.
  @Test func whatIsForgedOfOneBranchGoesWhenTheOtherComes() throws {
    _ = try take([certify(["540100"])], into: witness)
    var head = log()
    let first = try batch(&head, ["一"], signed: [1])
    var fork = head
    let main = try batch(&head, ["二", "三"], signed: [3])
    var forged = try batch(&fork, ["贰"], signed: [2])
    let side = forged
    forged.signatures[0].signature = Signature([UInt8](repeating: 1, count: 64))!
    _ = try take([[first, forged]], into: witness)
    try witness.store.write { commit in
      // What does not count any more is shown by a row of its own sort.
      try commit.quarantine(
        log: head.log, n: 1, hash: first.hashes[0], reason: "revoked", source: 0, at: 0, batch: nil)
    }
    _ = try take([[main]], into: witness)
    // What nobody signed says nothing any more of what is held; what was taken out stays.
    #expect(try setAside(witness) == ["1 revoked"])
    _ = try take([[side]], into: witness)
    #expect(try setAside(witness) == ["1 revoked"])
    #expect(try records(witness) == 4)
  }

  /// Whether the damaged copy comes first or the good one, in the end nothing is set aside.
  @Test(arguments: [true, false])
  func aDamagedCopyLeavesNothingBehindTheGoodOne(damagedFirst: Bool) throws {
    _ = try take([certify(["540100"])], into: witness)
    var head = log()
    let good = try batch(&head, ["一", "二", "三"], signed: [1, 3])
    var damaged = good
    let last = damaged.bodies[1].count - 1
    damaged.bodies[1][last] ^= 1
    let copies = damagedFirst ? [damaged, good] : [good, damaged]
    for copy in copies {
      let refused = try take([[copy]], into: witness).map(\.refused)
      #expect(refused == [copy.bodies == damaged.bodies ? 1 : 0])
      if damagedFirst, copy.bodies == damaged.bodies { #expect(try setAside(witness).count == 1) }
    }
    #expect(try records(witness) == 3 && setAside(witness).isEmpty)
    #expect(try witness.status(division: nil).quarantined == 0)
  }

  @Test func twoBranchesAreSetAsideBesideEachOther() throws {
    var head = log()
    let first = try batch(&head, ["一"], signed: [1])
    var fork = head
    let main = try batch(&head, ["二"], signed: [2])
    let side = try batch(&fork, ["贰"], signed: [2])
    _ = try take([[first, main, side]], into: witness)
    #expect(try take([certify(["540100"])], into: witness).last!.new >= 3)
    #expect(try records(witness) == 3 && setAside(witness).isEmpty)
  }

  /// What nobody signed lacks nowhere once its number is held: the session in which both came counts nothing as refused.
  @Test func whatNobodySignedIsNotCountedBesideWhatIsHeld() throws {
    _ = try take([certify(["540100"])], into: witness)
    var head = log()
    let start = head
    let forged = try batch(&head, ["伪"], signed: [1], forged: 1)
    head = start
    let honest = try batch(&head, ["一"], signed: [1])
    #expect(try take([[forged], [honest]], into: witness).map(\.refused) == [1, 0])
    #expect(try setAside(witness).isEmpty && records(witness) == 1)
  }

  /// A good batch covers part of what was set aside: the rest has a start now.
  @Test func theRestOfAStretchIsTakenInWithItsStart() throws {
    _ = try take([certify(["540100"])], into: witness)
    var head = log()
    let start = head
    var forged = try batch(&head, ["一"], signed: [1])
    forged.signatures[0].signature = Signature([UInt8](repeating: 1, count: 64))!
    let rest = try batch(&head, ["二", "三", "四"], signed: [4])
    head = start
    let honest = try batch(&head, ["一", "二"], signed: [2])
    _ = try take([[forged, rest]], into: witness)
    #expect(try setAside(witness) == ["1 bad-signature", "2 does-not-follow"])
    #expect(try take([[honest]], into: witness).map(\.refused) == [0])
    #expect(try records(witness) == 4 && setAside(witness).isEmpty)
  }

  /// A log goes on in two ways: what waits on one is not held because the other has as many changes.
  @Test func whatWaitsOnAnotherBranchIsReleasedToo() throws {
    _ = try take([certify(["540100"])], into: witness)
    var head = log()
    let start = head
    var forged = try batch(&head, ["一"], signed: [1])
    forged.signatures[0].signature = Signature([UInt8](repeating: 1, count: 64))!
    var (end, middle) = (head, head)
    let whole = try batch(&end, ["二", "三", "四"], signed: [4])
    _ = try batch(&middle, ["二"], signed: [])
    let other = try batch(&middle, ["三", "另四"], signed: [4])
    #expect(try take([[forged, whole, other]], into: witness).map(\.refused) == [3])
    head = start
    let honest = try batch(&head, ["一", "二"], signed: [2])
    #expect(try take([[honest]], into: witness).map(\.refused) == [0])
    #expect(try records(witness) == 5 && setAside(witness).isEmpty)
  }

  /// Stretches that overlap free each other one by one, as many as the quarantine has room for: no stack is so deep.
  @Test func aChainOfStretchesIsReleasedHoweverLong() throws {
    _ = try take([certify(["540100"])], into: witness)
    var head = log()
    let start = head
    let titles = (1...2000).map { "\($0)" }
    var forged = try batch(&head, [titles[0]], signed: [1])
    forged.signatures[0].signature = Signature([UInt8](repeating: 1, count: 64))!
    var chain = [forged]
    for index in 1..<titles.count - 1 {
      var end = head
      chain.append(try batch(&end, [titles[index], titles[index + 1]], signed: [UInt64(index + 2)]))
      _ = try batch(&head, [titles[index]], signed: [])
    }
    #expect(try take([chain], into: witness).map(\.refused) == [chain.count])
    head = start
    let honest = try batch(&head, Array(titles[..<2]), signed: [2])
    #expect(try take([[honest]], into: witness).map(\.refused) == [0])
    #expect(try records(witness) == titles.count && setAside(witness).isEmpty)
  }
}
