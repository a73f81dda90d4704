import Campaign
import Foundation
import Ledger
import Store
import Testing

@testable import Node

/// A pack of a newer program: what this one does not know of it is kept and relayed.
@Suite struct PlanRelayTests {
  @Test func anOlderOfficeKeepsAndRelaysWhatItDoesNotKnow() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let county = try offices.enrolled("540102", "城关区局")
    let region = offices.region
    // The region's program is newer: it knows a type that this one does not, and has a field of it.
    let text = String(decoding: BuiltInPack.yaml, as: UTF8.self)
      .replacingOccurrences(of: "version: 1\n", with: "version: 2\nholograms: yes\n")
      .replacingOccurrences(
        of: "      - {number: 23, code: hours,",
        with:
          "      - {number: 70, code: scan, label: Scan, type: hologram}\n      - {number: 71, code: venue, label: Venue, type: text}\n      - {number: 23, code: hours,"
      )
    let id = RecordID(milliseconds: 1_756_800_000_000, random: (7, 7))
    let scan = Value.unknown(shape: 14, payload: [1, 2, 3])
    let space = Space(division: DivisionCode("540102")!, section: .records)
    try region.store.write { commit in
      try region.append(
        to: Space(division: region.facts.division, section: .notices), operatorName: "",
        statements: [.pack(Array(text.utf8))], in: commit)
      try region.append(
        to: space, operatorName: "",
        mutations: [
          Mutation(
            target: .id(id),
            creation: Creation(kind: KindName(lineage: "xz-quality-month", code: "training")),
            writes: [
              CellWrite(cell: 1, content: .register(.text("新版所录"))),
              CellWrite(cell: 70, content: .register(scan)),
              CellWrite(cell: 71, content: .register(.text("礼堂"))),
            ])
        ], in: commit)
    }
    _ = try await sync(lhasa, region)
    #expect(try lhasa.store.read { try $0.pack().info.version } == 2)
    _ = try await sync(county, lhasa)
    #expect(try county.store.read { try $0.pack().info.version } == 2)
    #expect(try county.store.read { try $0.meta(.packText) } == Array(text.utf8))
    _ = try county.edit("\(id)", operations: [.set("title", to: "区局所改")], operatorName: "")
    _ = try await sync(county, lhasa)
    _ = try await sync(lhasa, region)
    for node in [region, lhasa, county] {
      let view = try node.store.read { try $0.record(prefix: "\(id)") }
      #expect(view.state.cell(70, .register)?.writes.map(\.content) == [.register(scan)])
      #expect(view.state.cell(1, .register)?.writes.map(\.content) == [.register(.text("区局所改"))])
    }
    #expect(try county.field("\(id)", "venue") == .single(.text("礼堂")))
  }

  /// Whatever order packs come in, the greatest version counts.
  @Test func theGreatestVersionCountsInAnyOrder() throws {
    let offices = try TestOffices()
    let texts = (2...4).map { version in
      String(decoding: BuiltInPack.yaml, as: UTF8.self)
        .replacingOccurrences(of: "version: 1\n", with: "version: \(version)\n")
    }
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
      let office = try offices.office("540100", "拉萨\(order)")
      for i in order {
        let bytes = Array(texts[i].utf8)
        let pack = try PackReader.read(bytes)
        _ = try office.store.write { try $0.takeIssued(pack, text: bytes) }
      }
      #expect(try office.store.read { try $0.pack().info.version } == 4, "\(order)")
    }
  }
}
