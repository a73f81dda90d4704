import GRDB
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// Records that hold too much to be brought into the division that their office joined into.
@Suite struct RelocationFailureTests {
  /// They are told of when that is done, once; not where the transaction in which it was to be done failed.
  @Test func whatWasNotBroughtAlongIsToldWhenTheRestWas() async throws {
    let offices = try TestOffices()
    let office = try offices.office("540102", "新局")
    try office.addTraining("第一场")
    let large = office.newRecordID()
    let cells = (0...EditWriter.mostNamed).map {
      CellWrite(cell: 10_000 + UInt32($0), content: .register(.integer(1)))
    }
    try office.writeOwn { commit in
      let creation = Creation(kind: KindName(lineage: "xz-quality-month", code: "training"))
      try office.append(
        to: Space(division: office.facts.division, section: .records), operatorName: "",
        mutations: [Mutation(target: .id(large), creation: creation, writes: cells)], in: commit)
    }
    let all = try Certificate.all(pem: offices.certificates(office, by: offices.region, into: "540600"))
    try Identity.write(all.dropLast().map { try $0.pem }.joined(), office.store.folder, "node.crt")
    try Identity.write(all.last!.pem, office.store.folder, "ca.crt")

    let file = try DatabaseQueue(path: office.store.folder + "/" + Store.fileName)
    func change(_ sql: String) throws { try file.writeWithoutTransaction { try $0.execute(sql: sql) } }
    try change("CREATE TRIGGER full BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'full'); END")
    for _ in 0..<2 {
      #expect(throws: (any Error).self) { try office.renewIdentity() }
      #expect(office.unplaced == [] && office.remadeCount == 0)
    }
    try change("DROP TRIGGER full")
    try office.addTraining("第二场")
    #expect(office.unplaced == [large] && office.remadeCount == 1)
    try office.renewIdentity()
    #expect(office.unplaced == [large] && office.remadeCount == 1)
    #expect(try office.status(division: nil).unplaced.map(\.id) == [large])
  }
}
