import Campaign
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// An office that joins into another division than it was made for: what it recorded before is made anew there.
@Suite struct RelocatingTests {
  private func living(_ node: LocalNode) throws -> [RecordView] {
    try node.store.read { snapshot in
      var views: [RecordView] = []
      try snapshot.forEachRecord(RecordFilter()) { view in
        views.append(view)
        return true
      }
      return views
    }
  }

  private func places(_ node: LocalNode) throws -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: try living(node).map { view in
        guard case .single(.text(let title))? = view.content?["title", in: view.kind!] else {
          return ("?", "?")
        }
        return (title, view.space.description)
      })
  }

  /// Both hold the same, all is signed for, nothing was refused, and nothing is left to do.
  private func expectSettled(_ office: LocalNode, _ region: LocalNode) async throws {
    let (first, _) = try await sync(office, region)
    #expect(first.converged)
    let (quiet, other) = try await sync(office, region)
    #expect(quiet.converged && quiet.sent == 0 && quiet.received == 0 && other.sent == 0)
    let scope = try office.store.read { office.readingScope(of: nil, try $0.pack()) }
    let prints = try [office, region].map { try $0.store.read { try $0.fingerprint(scope: scope) } }
    #expect(prints[0] == prints[1])
    #expect(try office.status(division: nil).unsent == 0)
    for node in [office, region] {
      #expect(try node.verify().problems.isEmpty)
      #expect(try node.status(division: nil).quarantined == 0)
      #expect(try node.status(division: nil).conflicts == 0)
    }
  }

  @Test func unsentRecordsAreMadeAnewInTheCertificatesDivision() async throws {
    let offices = try TestOffices()
    let office = try offices.office("540102", "新局")
    let old = try office.addTraining("第一场")
    _ = try office.edit(old, operations: [.increment("participants", by: "7")], operatorName: "扎西")
    let gone = try office.addTraining("不要了")
    _ = try office.delete(gone, operatorName: "")
    _ = try office.add(
      kind: "training", division: nil, isNotice: true,
      operations: [
        .set("title", to: "通知"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
      ], operatorName: "")
    let joined = try offices.join(office, by: offices.region, into: "540600")
    #expect(joined.facts.division.description == "540600")
    let target = DivisionCode("540600")!
    #expect(
      try places(joined) == [
        "第一场": Space(division: target, section: .records).description,
        "通知": Space(division: target, section: .notices).description,
      ])
    let before = try joined.store.read { try $0.record(prefix: old) }
    let heir = try #require(before.state.heirs.first)
    #expect(before.existence == .deleted && heir.space.division == target)
    #expect(try joined.field(heir.record.description, "participants") == .tally(7))
    #expect(try joined.status(division: nil).staying > 0)
    try await expectSettled(joined, offices.region)
    #expect(try living(offices.region).count == 2)
    // Nobody else ever hears of the former division.
    let spaces = try offices.region.store.read { try $0.spacesWritten(by: joined.facts.node) }
    #expect(spaces.allSatisfy { $0.division == target })
  }

  /// What lies in the certificate's scope stays as it is.
  @Test func whatTheCertificateCoversStays() async throws {
    let offices = try TestOffices()
    let office = try offices.office("540102", "新局")
    let kept = try office.addTraining("第一场")
    let joined = try offices.join(office, by: offices.region, into: "540100")
    #expect(try living(joined).map(\.id.description) == [kept])
    #expect(try joined.status(division: nil).staying == 0)
    try await expectSettled(joined, offices.region)
    // An office of itself alone writes no longer for those below it.
    let second = try offices.office("540200", "二局")
    _ = try second.addTraining("县里的", division: "540221")
    let own = try second.addTraining("本级的")
    let alone = try offices.join(second, by: offices.region, only: true)
    #expect(Set(try living(alone).map(\.space.division.description)) == ["540200"])
    #expect(try living(alone).contains { $0.id.description == own })
    try await expectSettled(alone, offices.region)
  }

  /// Notices of a division above are read here: the own log among them would never be taken by anybody.
  @Test func ownNoticesOfADivisionAboveAreWithdrawn() async throws {
    let offices = try TestOffices()
    let office = try offices.office("540100", "新局")
    _ = try office.add(
      kind: "training", division: nil, isNotice: true,
      operations: [
        .set("title", to: "通知"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
      ], operatorName: "")
    let joined = try offices.join(office, by: offices.region, into: "540102")
    #expect(try places(joined) == ["通知": "\(Space(division: DivisionCode("540102")!, section: .notices))"])
    _ = try offices.region.addTraining("地区的通知", division: "540100")
    try await expectSettled(joined, offices.region)
  }

  /// Invariants 2 and 7: cut off between the certificate and the records, the next command goes on, once.
  @Test func invariant2CutOffAfterTheCertificateTheNextCommandGoesOn() async throws {
    let offices = try TestOffices()
    let office = try offices.office("540102", "新局")
    try office.addTraining("第一场")
    let all = try Certificate.all(pem: offices.certificates(office, by: offices.region, into: "540600"))
    try Identity.write(all.dropLast().map { try $0.pem }.joined(), office.store.folder, "node.crt")
    try Identity.write(all.last!.pem, office.store.folder, "ca.crt")
    for _ in 0..<3 {
      let opened = try LocalNode(opening: office.store.folder)
      #expect(
        try places(opened).values.map { $0 } == [
          "\(Space(division: DivisionCode("540600")!, section: .records))"
        ])
    }
    try await expectSettled(try LocalNode(opening: office.store.folder), offices.region)
  }

  /// A program that was open when another one joined writes under the certificate that came, or not at all.
  @Test func whoWasOpenBeforeWritesUnderTheCertificate() async throws {
    let offices = try TestOffices()
    let office = try offices.office("540102", "新局")
    let open = try LocalNode(opening: office.store.folder)
    let joined = try offices.join(office, by: offices.region, into: "540600")
    #expect(throws: NodeError.self) { try open.addTraining("旧区划", division: "540102") }
    try open.addTraining("新区划")
    #expect(open.facts.division.description == "540600")
    #expect(try places(joined) == ["新区划": "\(Space(division: DivisionCode("540600")!, section: .records))"])
    try await expectSettled(joined, offices.region)
  }

  @Test func ledgersAndLinksGoAlong() async throws {
    let folder = TemporaryFolder()
    let offices = try TestOffices()
    let office = try offices.office("540102", "新局")
    let header = "类别,标题,日期,计划条目,组织单位,培训主题,备注\n"
    func ledger(_ notes: String) throws -> String {
      try folder.file(
        header
          + (1...40).map { "培训,第\($0)场,2025-09-10,4.2,市场监管局,standards,\(notes)\($0)\n" }.joined())
    }
    let options = LocalNode.ImportOptions()
    #expect(try office.importFile(ledger("记"), options).imported == 40)
    let ids = try (1...3).map { try office.ids(titled: "第\($0)场")[0] }
    _ = try office.pair(ids[0], ids[1], .link, operatorName: "")
    _ = try office.pair(ids[0], ids[2], .dismiss, operatorName: "")
    _ = try office.delete(office.ids(titled: "第40场")[0], operatorName: "")
    _ = try office.edit(ids[2], operations: [.set("place", to: "广场")], operatorName: "")
    let joined = try offices.join(office, by: offices.region, into: "540600")
    let now = try (1...3).map { RecordID(try joined.ids(titled: "第\($0)场")[0])! }
    #expect(try joined.store.read { try $0.linked(with: now[0]) } == [now[0], now[1]])
    let dismissed = try joined.store.read { try $0.record(prefix: now[0].description) }.state.others(
      .dismissals)
    #expect(dismissed == [now[2]])
    // The same file again adds nothing, not even what was deleted before; a mended one updates, and leaves alone what a
    // person wrote beside it.
    let same = try joined.importFile(ledger("记"), options)
    #expect(same.unchanged == 40 && same.imported == 0 && same.updated == 0)
    let mended = try joined.importFile(ledger("补"), options)
    #expect(mended.updated == 39 && mended.imported == 1)
    #expect(try joined.field(now[2].description, "place") == .single(.text("广场")))
    #expect(try joined.field(now[2].description, "notes") == .single(.text("补3")))
    #expect(try living(joined).count == 40)
    try await expectSettled(joined, offices.region)
  }

  /// One file that an older version of the program took in for two divisions made two records of one id: both are made
  /// anew, and a reference means the one beside it.
  @Test func recordsOfOneIDInTwoDivisionsStayTwo() async throws {
    let folder = TemporaryFolder()
    let offices = try TestOffices()
    let office = try offices.office("540100", "新局")
    let twice = RecordID(high: 7, low: 7)
    func take(_ rows: [(RecordID, String)], into division: String) throws {
      let lines = rows.map { "\($0),培训,\($1),2025-09-10,4.2,市场监管局,standards\n" }
      let file = try folder.file("编号,类别,标题,日期,计划条目,组织单位,培训主题\n" + lines.joined())
      var options = LocalNode.ImportOptions()
      options.division = division
      #expect(try office.importFile(file, options).imported == rows.count)
    }
    let namer = RecordID(high: 8, low: 8)
    try take([(twice, "甲")], into: "540102")
    try take([(namer, "丙")], into: "540103")
    try office.store.write { commit in
      let pack = try commit.pack()
      let kind = try #require(pack.kind("training"))
      let space = Space(division: DivisionCode("540103")!, section: .records)
      let checked = try CheckedEdit(
        EditDraft(
          kind: kind,
          operations: [
            .set("title", to: "乙"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
            .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
          ], mode: .create), pack: pack)
      let writer = EditWriter(state: RecordState(), log: try office.ownLog(space, commit.snapshot))
      try office.append(
        to: space, operatorName: "",
        mutations: [
          Mutation(
            target: .id(twice),
            creation: Creation(kind: KindName(lineage: pack.info.lineage, code: kind.code)),
            writes: writer.writes(checked.edits, kind: kind, rank: { _ in 0 }))
        ], in: commit)
      let link = CellWrite(cell: PairCell.links.rawValue, content: .elements([.record(twice)]))
      try office.append(
        to: Space(division: DivisionCode("540103")!, section: .records), operatorName: "",
        mutations: [Mutation(target: .id(namer), writes: [link])], in: commit)
    }
    let joined = try offices.join(office, by: offices.region, into: "540600")
    let space = "\(Space(division: DivisionCode("540600")!, section: .records))"
    #expect(try places(joined) == ["甲": space, "乙": space, "丙": space])
    let now = try ["丙", "乙"].map { RecordID(try joined.ids(titled: $0)[0])! }
    #expect(try joined.store.read { try $0.linked(with: now[0]) } == Set(now))
    try await expectSettled(joined, offices.region)
  }

  private func write(_ pem: String, _ node: LocalNode) throws {
    let all = try Certificate.all(pem: pem)
    try Identity.write(all.dropLast().map { try $0.pem }.joined(), node.store.folder, "node.crt")
    try Identity.write(all.last!.pem, node.store.folder, "ca.crt")
  }

  /// Has an open program read a certificate and fail to bring its records under it.
  private func failToRelocate(_ open: LocalNode) throws {
    let epoch = try #require(try open.store.read { try $0.meta(.epoch) })
    try open.store.write { try $0.setMeta(.epoch, []) }
    #expect(throws: StoreError.self) { try open.renewIdentity() }
    try open.store.write { try $0.setMeta(.epoch, epoch) }
  }

  /// A program that could not bring its records under a new certificate does it with its next write.
  @Test func whatCouldNotBeMadeAnewIsWithTheNextWrite() async throws {
    let offices = try TestOffices()
    let office = try offices.office("540102", "新局")
    try office.addTraining("第一场")
    try write(offices.certificates(office, by: offices.region, into: "540600"), office)
    try failToRelocate(office)
    try office.addTraining("第二场")
    let space = "\(Space(division: DivisionCode("540600")!, section: .records))"
    #expect(try places(office) == ["第一场": space, "第二场": space])
    try await expectSettled(office, offices.region)
  }

  /// Who read a certificate before another process placed the next one leaves that as it is.
  @Test func aFormerCertificateIsNotPlacedAgain() throws {
    let offices = try TestOffices()
    let office = try offices.office("540102", "新局")
    try office.addTraining("第一场")
    try write(offices.certificates(office, by: offices.region, into: "540600"), office)
    try failToRelocate(office)
    try write(offices.certificates(office, by: offices.region, into: "540600"), office)
    let other = try LocalNode(opening: office.store.folder)
    try office.relocateRecords()
    let placed = try office.store.read { try $0.meta(.placedUnder) }
    #expect(placed == other.identity.chain.first?.fingerprint.bytes)
    try office.addTraining("第二场")
    #expect(office.identity.chain == other.identity.chain)
  }

  /// What others have signed for is not made anew, and the account says so.
  @Test func whatOthersSignedForIsLeftAsItIs() async throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540102", "新局")
    let id = try office.addTraining("第一场")
    _ = try await sync(office, offices.region)
    #expect(try office.status(division: nil).leftThere == 0)
    let region = offices.region.identity
    let elsewhere = LocalNode.scope(
      of: DivisionCode("540600")!, only: false, in: try office.store.read { try $0.pack() })
    let certificate = try CertificateAuthority(certificate: region.authority!, key: region.authorityKey!)
      .issue(
        Office(name: "新局", id: "9", scope: elsewhere, rights: []), key: office.identity.key.publicKey,
        from: 0,
        to: office.facts.certificateExpires! + 1, serial: office.surroundings.random(16))
    #expect(throws: NodeError.self) {
      try office.accept(certificates: certificate.pem + region.authority!.pem, authority: nil)
    }
    try write(certificate.pem + region.authority!.pem, office)
    let moved = try LocalNode(opening: office.store.folder)
    let status = try moved.status(division: nil)
    #expect(status.staying > 0 && status.staying == status.leftThere)
    #expect(try living(moved).map(\.id.description) == [id])
  }
}
