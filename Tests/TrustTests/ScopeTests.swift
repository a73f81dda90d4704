import Ledger
import Testing

@testable import Trust

@Suite struct ScopeTests {
  private func records(_ code: String) -> Space { Space(division: ChainZoo.code(code), section: .records) }
  private func notices(_ code: String) -> Space { Space(division: ChainZoo.code(code), section: .notices) }

  @Test func aPrefectureWritesItsSubtreeAndReadsNoticesAbove() {
    let scope = ChainZoo.prefectureScope
    #expect(scope.mayWrite(records("540102")) && scope.mayWrite(notices("540100")))
    #expect(!scope.mayWrite(notices("540000")) && !scope.mayWrite(records("540200")))
    #expect(scope.mayRead(records("540102")) && scope.mayRead(notices("540000")))
    #expect(!scope.mayRead(records("540000")) && !scope.mayRead(notices("540200")))
    #expect(scope.rank == 1 && ChainZoo.regionScope.rank == 0 && ChainZoo.countyScope.rank == 2)
  }

  @Test func coversAgreesWithASearchOfEveryDivision() {
    let all = (0..<200).map { "D\($0 * 7 % 200)" }
    let covered = all.filter { $0.utf8.last.map { $0 % 2 == 0 } ?? false }
    let scope = ChainZoo.scope("D0", covered, [])
    for code in all { #expect(scope.covers(ChainZoo.code(code)) == covered.contains(code)) }
    #expect(scope.covered == scope.covered.sorted())
  }

  @Test func withinIsAboutCoveredAncestorsAndRank() {
    #expect(ChainZoo.countyScope.isWithin(ChainZoo.prefectureScope))
    #expect(ChainZoo.countyScope.isWithin(ChainZoo.regionScope))
    #expect(ChainZoo.prefectureScope.isWithin(ChainZoo.regionScope))
    #expect(ChainZoo.prefectureScope.isWithin(ChainZoo.prefectureScope))
    #expect(!ChainZoo.prefectureScope.isWithin(ChainZoo.countyScope))
    #expect(!ChainZoo.foreignScope.isWithin(ChainZoo.prefectureScope))
    // A department at the region covers the region's division alone, and enrols nobody below.
    let department = ChainZoo.scope("540000", ["540000"], [])
    #expect(department.isWithin(ChainZoo.regionScope) && !ChainZoo.prefectureScope.isWithin(department))
  }

  /// What a narrowing leaves: no more divisions, no higher place, no other right.
  @Test func anOfficeIsWithinAnotherByDivisionsPlaceAndRights() {
    let county = ChainZoo.countyOffice
    func office(_ scope: Scope, _ rights: Rights = []) -> Office {
      Office(name: "名", id: "x", scope: scope, rights: rights)
    }
    let prefecture = office(ChainZoo.prefectureScope, .enrol)
    #expect(county.isWithin(county) && county.isWithin(prefecture) && !prefecture.isWithin(county))
    #expect(office(ChainZoo.prefectureScope).isWithin(prefecture))
    #expect(!prefecture.isWithin(office(ChainZoo.prefectureScope)))
    // The same divisions from a higher place would outrank what was left.
    let raised = ChainZoo.scope("540102", ChainZoo.countyScope.covered.map(\.description), [])
    #expect(!office(raised).isWithin(office(ChainZoo.countyScope)))
    #expect(prefecture.mayCertify(county) && !office(ChainZoo.prefectureScope).mayCertify(county))
    #expect(!prefecture.mayCertify(office(ChainZoo.foreignScope)))
    #expect(!prefecture.mayCertify(office(ChainZoo.countyScope, .redact)))
  }

  @Test func anOfficeHasOneSpelling() throws {
    let office = ChainZoo.countyOffice
    #expect(Office(encoded: office.encoded) == office)
    #expect(Office(encoded: office.encoded + [0]) == nil)
    #expect(Office(encoded: []) == nil)
    // A text of the store would end before it.
    var cut = office
    cut.name += "\0x"
    #expect(Office(encoded: cut.encoded) == nil)
    for cut in 0..<office.encoded.count { #expect(Office(encoded: Array(office.encoded[..<cut])) == nil) }
    var newer = office.encoded
    newer[0] = 2
    #expect(Office(encoded: newer) == nil)
    // The same divisions in another order.
    var writer = ByteWriter()
    writer.write(byte: 1)
    for text in ["名", "id", "B"] { writer.write(lengthPrefixed: Array(text.utf8)) }
    writer.write(varint: 2)
    for text in ["B", "A"] { writer.write(lengthPrefixed: Array(text.utf8)) }
    writer.write(varint: 0)
    writer.write(byte: 0)
    #expect(Office(encoded: writer.bytes) == nil)
  }

  /// Golden: certificates outlive the code that reads them.
  @Test func theExtensionsBytesStayAsTheyAre() {
    let office = Office(name: "局", id: "7", scope: ChainZoo.scope("A", ["A", "B"], ["R"]), rights: .enrol)
    #expect(office.encoded.hex == "0103e5b180013701410201410142010152" + "01")
  }
}
