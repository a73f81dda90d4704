import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// Where the line is drawn through a log with branches: a store that took everything in and took some of it out
/// is the same as one that never held that.
@Suite struct WithdrawalTests {
  /// One node's log in two branches, and a colleague's edit that saw one of them.
  private struct Writer {
    let key: NodeKey
    let space = Space(division: DivisionCode("540100")!, section: .records)
    let id = RecordID(milliseconds: 1, random: (1, 1))
    let other = RecordID(milliseconds: 2, random: (2, 2))

    var log: LogID { LogID(node: key.nodeID, space: space, epoch: 1) }

    func append(_ mutations: [Mutation], to head: inout LogHead) throws -> VerifiedBatch {
      let start = head
      let content = ChangeContent(time: Int64(head.n) + 1, mutations: mutations)
      let (change, signature) = try head.append(content, seed: [UInt8](repeating: UInt8(head.n), count: 16)) {
        try key.sign($0)
      }
      return VerifiedBatch(own: change, content: content, signature: signature, after: start)
    }

    func creation(_ id: RecordID, _ title: String) -> Mutation {
      Mutation(
        target: .id(id), creation: Creation(kind: KindName(lineage: "quality-month", code: "training")),
        writes: [CellWrite(cell: 1, content: .register(.text(title)))])
    }

    func edit(_ title: String, superseding dots: [Dot] = []) -> Mutation {
      Mutation(
        target: .id(id),
        writes: [CellWrite(cell: 1, content: .register(.text(title)), supersedes: dots)])
    }
  }

  private struct Log {
    /// 1, 2 … of each branch; the second leaves the first after 2.
    var main: [VerifiedBatch] = []
    var side: [VerifiedBatch] = []
    var colleague: VerifiedBatch
    var log: LogID

    /// Ways to honour it, each with the changes that it covers.
    var cases: [(honoured: [ChangeRef], main: Int, side: Int)] {
      func ref(_ batch: VerifiedBatch) -> ChangeRef { batch.end.ref }
      var cases: [(honoured: [ChangeRef], main: Int, side: Int)] = [([], 0, 0)]
      for n in 1...main.count { cases.append(([ref(main[n - 1])], n, 0)) }
      for n in 1...side.count { cases.append(([ref(side[n - 1])], 2, n)) }
      for (m, s) in [(3, 1), (4, 2), (1, 2), (4, 1)] {
        cases.append(([ref(main[m - 1]), ref(side[s - 1])], max(m, 2), s))
      }
      return cases
    }
  }

  private func makeLog() throws -> Log {
    let writer = Writer(key: try NodeKey.generate())
    var head = LogHead(emptyLog: writer.log)
    var main = [try writer.append([writer.creation(writer.id, "一")], to: &head)]
    main.append(try writer.append([writer.edit("二")], to: &head))
    var fork = head
    main.append(try writer.append([writer.edit("三"), writer.creation(writer.other, "另")], to: &head))
    main.append(try writer.append([writer.edit("四")], to: &head))
    var side = [try writer.append([writer.edit("叁")], to: &fork)]
    side.append(try writer.append([writer.edit("肆")], to: &fork))
    let colleague = Writer(key: try NodeKey.generate())
    var own = LogHead(emptyLog: colleague.log)
    let seen = Dot(change: main[2].end.ref, k: 1)
    let answer = try colleague.append([colleague.edit("同事", superseding: [seen])], to: &own)
    return Log(main: main, side: side, colleague: answer, log: writer.log)
  }

  private func store(_ name: String, _ folder: TemporaryFolder, _ batches: [VerifiedBatch]) throws
    -> LocalNode
  {
    let node = try LocalNode.create(
      folder: folder.path + "/" + name, division: "540100", name: name, isRegion: false)
    try node.store.write { commit in for batch in batches { try commit.append(batch, source: 9) } }
    return node
  }

  private func print(_ node: LocalNode) throws -> Hash256 {
    try node.store.read { try $0.fingerprint { $0.section == .records } }
  }

  @Test func itIsAsIfWhatIsTakenOutHadNeverCome() throws {
    let folder = TemporaryFolder()
    let log = try makeLog()
    let all = log.main + [log.colleague] + log.side
    let whole = try print(store("all", folder, all))
    for (number, honoured) in log.cases.enumerated() {
      let order =
        number.isMultiple(of: 2) ? all : log.main[..<2] + log.side + log.main[2...] + [log.colleague]
      let taken = try store("taken-\(number)", folder, order)
      let held = Array(log.main.prefix(honoured.main)) + Array(log.side.prefix(honoured.side))
      let never = try store("never-\(number)", folder, held + [log.colleague])
      func honour(_ how: Honoured) throws -> Bool {
        try taken.store.write { try $0.honour(how, of: log.log.node, reason: "revoked", at: 0) }
      }
      let how = Honoured.only([[log.log: honoured.honoured]])
      let isAll = honoured.main == 4 && honoured.side == 2
      #expect(try honour(how) == !isAll, "case \(number)")
      #expect(try print(taken) == print(never), "case \(number)")
      #expect(try !honour(how), "case \(number): twice changes nothing")
      // Nobody is enrolled here, which is no matter of the line.
      #expect(
        try taken.verify().problems.allSatisfy {
          ["unknown-author", "withdrawn-mismatch"].contains($0.problem)
        }, "case \(number)")
      #expect(try taken.store.read { try $0.changeCount() } == held.count + 1)
      #expect(try honour(.everything) == !isAll)
      #expect(try print(taken) == whole, "case \(number): taken in again")
      #expect(try taken.store.read { try $0.quarantine() }.isEmpty)
    }
  }

  /// The reason is the one of today, however the line came to lie where it does.
  @Test func theReasonIsTheOneOfToday() throws {
    let folder = TemporaryFolder()
    let log = try makeLog()
    let how = Honoured.only([[log.log: [log.main[1].end.ref]]])
    let taken = try store("taken", folder, log.main)
    func honour(_ reason: String) throws -> Bool {
      try taken.store.write { try $0.honour(how, of: log.log.node, reason: reason, at: 0) }
    }
    #expect(try honour("narrowed"))
    #expect(try !honour("revoked"))
    #expect(try taken.store.read { try $0.quarantine() }.map(\.reason) == ["revoked"])
  }

  /// What was imported and is taken out may be imported again.
  @Test func whatIsTakenOutMayBeImportedAgain() throws {
    let region = try TestOffices().region
    let folder = TemporaryFolder()
    let path = folder.path + "/a.csv"
    let text = "类别,标题,日期,计划条目,组织单位,培训主题\n培训,宣贯会,2025-09-10,4.2,市场监管局,standards\n"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    var options = LocalNode.ImportOptions()
    options.division = "540100"
    #expect(try region.importFile(path, options).imported == 1)
    #expect(try region.importFile(path, options).unchanged == 1)
    let node = region.facts.node
    _ = try region.store.write { try $0.honour(.nothing, of: node, reason: nil, at: 0) }
    // Where it is brought back, it is what was imported.
    _ = try region.store.write { try $0.honour(.everything, of: node, reason: nil, at: 0) }
    #expect(try region.importFile(path, options).unchanged == 1)
    _ = try region.store.write { try $0.honour(.nothing, of: node, reason: nil, at: 0) }
    #expect(try region.importFile(path, options).imported == 1)
  }

  /// So may a row that names its record, which goes on under its id.
  @Test func aRowThatNamesWhatIsTakenOutMakesItAgain() throws {
    let region = try TestOffices().region
    let folder = TemporaryFolder()
    let path = folder.path + "/a.csv"
    let id = "01990000-0000-7000-8000-000000000001"
    let text = "编号,类别,标题,日期,计划条目,组织单位,培训主题\n\(id),培训,宣贯会,2025-09-10,4.2,市场监管局,standards\n"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    var options = LocalNode.ImportOptions()
    options.division = "540100"
    #expect(try region.importFile(path, options).imported == 1)
    let node = region.facts.node
    _ = try region.store.write { try $0.honour(.nothing, of: node, reason: nil, at: 0) }
    #expect(throws: (any Error).self) { try region.field(id, "title") }
    #expect(try region.importFile(path, options).imported == 1)
    #expect(try region.field(id, "title") == .single(.text("宣贯会")))
    // Where the first comes to count as well, the two are one.
    _ = try region.store.write { try $0.honour(.everything, of: node, reason: nil, at: 0) }
    #expect(try region.store.read { try $0.recordCount() } == 1)
    #expect(try region.verify().problems == [])
  }

  /// Taking logs of some spaces out leaves a cut of another one the proof that it is.
  @Test func takingALogOutLeavesTheCutsOfOthers() throws {
    let offices = try TestOffices()
    let author = try offices.enrolled("540100", "拉萨市局")
    var log = ForkedLog(author: author)
    let trunk = try log.grow(after: nil)
    let ends = try (0..<9).map { _ in try log.grow(after: trunk) }
    try offices.region.take(ends.map { log.batch(after: nil, to: $0) })
    #expect(try offices.region.cuts() == [log.log: 1])
    let notices = Space(division: author.facts.division, section: .notices)
    try offices.region.store.write { try $0.withdrawLogs(of: author.facts.node, in: [notices]) }
    #expect(try offices.region.cuts() == [log.log: 1])
    #expect(try offices.region.verify().problems == [])
  }

  @Test func eachOfSeveralRevocationsHasToHonourAChange() throws {
    let folder = TemporaryFolder()
    let log = try makeLog()
    let refs = log.main.map(\.end.ref)
    let taken = try store("taken", folder, log.main)
    let low = [log.log: [refs[1]]]
    let high = [log.log: [refs[3]]]
    for revocations in [[low, high], [high, low], [low]] {
      _ = try taken.store.write {
        try $0.honour(.only(revocations), of: log.log.node, reason: "revoked", at: 0)
      }
      #expect(try taken.store.read { try $0.changeCount() } == 2)
    }
    _ = try taken.store.write {
      try $0.honour(.only([high, [:]]), of: log.log.node, reason: "revoked", at: 0)
    }
    #expect(try taken.store.read { try $0.changeCount() } == 0)
  }

  /// Of several certificates one is enough, and what took that one back has to honour a change altogether.
  @Test func oneCertificateThatIsGoodForAChangeIsEnough() throws {
    let folder = TemporaryFolder()
    let log = try makeLog()
    let refs = log.main.map(\.end.ref)
    let taken = try store("taken", folder, log.main + log.side)
    let here = Set([DivisionCode("540100")!])
    func heads(_ ref: ChangeRef...) -> Honoured.Heads { [log.log: ref] }
    func way(_ divisions: Set<DivisionCode>, _ narrowings: Honoured.Heads...) -> Honoured.Way {
      Honoured.Way(divisions: divisions, narrowings: narrowings)
    }
    let elsewhere = way([DivisionCode("540200")!])
    let side = heads(log.side[1].end.ref)
    for (ways, revocations, count) in [
      ([way(here)], [], 6), ([elsewhere], [], 0), ([elsewhere, way(here, heads(refs[2]))], [], 3),
      ([way(here, heads(refs[2])), way(here, side)], [], 5), ([way(here, heads(refs[2]), side)], [], 2),
      ([way(here)], [heads(refs[0])], 1),
      ([way(here, heads(refs[2])), way(here, side)], [heads(refs[3])], 3),
      ([], [], 0),
    ] as [([Honoured.Way], [Honoured.Heads], Int)] {
      for ways in [ways, ways.reversed()] {
        let how = Honoured(revocations: revocations, ways: ways)
        _ = try taken.store.write { try $0.honour(how, of: log.log.node, reason: "narrowed", at: 0) }
        #expect(try taken.store.read { try $0.changeCount() } == count, "\(how)")
      }
    }
  }
}
