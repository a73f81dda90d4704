import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// Who wrote a record last is who had seen the others' writes, whatever the clocks say.
@Suite struct LastUpdateTests {
  private static let day: Int64 = 86_400_000
  private static let offsets = [3650 * day, -3650 * day]

  private let offices: TestOffices
  private let region: LocalNode
  /// Its clock is as far ahead as the test says.
  private let lhasa: LocalNode
  private let offset = OffsetClock()

  init() throws {
    offices = try TestOffices()
    region = offices.region
    let offset = offset
    lhasa = try LocalNode(
      opening: offices.enrolled("540100", "拉萨市局").store.folder,
      surroundings: Surroundings(now: { offset.now }, random: Surroundings.system.random))
  }

  private func edit(_ node: LocalNode, _ id: String, _ fields: [(String, String)]) throws {
    _ = try node.edit(id, operations: fields.map { .set($0, to: $1) }, operatorName: "")
  }

  /// The same wherever the same is held, and what history ends with.
  private func expectLast(_ id: String, _ author: LocalNode, _ location: SourceLocation = #_sourceLocation)
    async throws
  {
    try await sync(lhasa, region)
    for node in [lhasa, region] {
      let (updated, last) = try node.store.read { snapshot in
        let view = try snapshot.record(prefix: id)
        return (try snapshot.updated(view), try snapshot.history(of: view).places.last)
      }
      #expect(updated?.author == author.facts.node, "\(node.facts.name)", sourceLocation: location)
      #expect(updated?.dot.change == last?.change && updated?.time == last?.time, sourceLocation: location)
    }
  }

  @Test(arguments: offsets)
  func invariant4WhoHadSeenTheOthersWroteLast(offset: Int64) async throws {
    self.offset.set(offset)
    let id = try lhasa.addTraining("原题")
    try await expectLast(id, lhasa)
    try edit(region, id, [("title", "区局改")])
    try await expectLast(id, region)
    // Of these the organiser lives on beside what comes after.
    try edit(lhasa, id, [("title", "市局再改"), ("organiser", "市局")])
    try await expectLast(id, lhasa)
    try edit(region, id, [("title", "区局又改")])
    try await expectLast(id, region)
    self.offset.set(0)
    try edit(lhasa, id, [("title", "表校准后")])
    try await expectLast(id, lhasa)
  }

  /// Two offices made one record, as from a file that both imported: what edited the one is told before the other, if that
  /// is later, in history as here.
  @Test func anotherCreationComesInItsTurn() async throws {
    let folder = TemporaryFolder()
    let id = "01990000-0000-7000-8000-000000000001"
    let file = try folder.file(
      "编号,类别,标题,日期,计划条目,组织单位,培训主题\n\(id),培训,宣贯会,2025-09-10,4.2,市场监管局,standards\n")
    var options = LocalNode.ImportOptions()
    options.division = "540100"
    offset.set(-2 * LastUpdateTests.day)
    #expect(try lhasa.importFile(file, options).imported == 1)
    offset.set(-LastUpdateTests.day)
    try edit(lhasa, id, [("place", "广场")])
    #expect(try region.importFile(file, options).imported == 1)
    try await expectLast(id, region)
  }

  /// Nobody had seen the other: the later time, as ever.
  @Test func ofWritesThatDidNotKnowOfEachOtherTheLaterTimeIsLast() async throws {
    let id = try lhasa.addTraining("原题")
    try await expectLast(id, lhasa)
    offset.set(-LastUpdateTests.day)
    try edit(lhasa, id, [("organiser", "市局")])
    try edit(region, id, [("title", "区局改")])
    try await expectLast(id, region)
  }

  /// A copied disk went on apart: the longer branch is not the later one.
  @Test(arguments: [false, true])
  func ofALogThatHasPartedTheBranchCountsThatHistoryTellsLast(shorterLast: Bool) throws {
    var log = ForkedLog(author: lhasa, epoch: 5)
    let id = ForkedLog.shared
    let start = try log.append(after: nil, [ForkedLog.creation(id, "原题")])
    func edit(after step: Int, _ cell: UInt32) throws -> Int {
      try log.append(
        after: step,
        [Mutation(target: .id(id), writes: [CellWrite(cell: cell, content: .register(.text("改")))])])
    }
    var ends = (long: start, short: start)
    for isShort in [!shorterLast, shorterLast] {
      if isShort {
        ends.short = try edit(after: start, 7)
      } else {
        ends.long = try edit(after: edit(after: start, 1), 1)
      }
    }
    try region.take([log.batch(after: nil, to: ends.long), log.batch(after: start, to: ends.short)])
    let (updated, last) = try region.store.read { snapshot in
      let view = try snapshot.record(prefix: id.description)
      return (try snapshot.updated(view), try snapshot.history(of: view).places.last)
    }
    let expected = log.head(of: shorterLast ? ends.short : ends.long)
    #expect(updated?.dot.change == expected.ref && updated?.time == expected.time)
    #expect(last?.change == expected.ref)
  }
}
