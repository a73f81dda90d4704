import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

@Suite struct BundleTests {
  private struct Stick {
    let offices: TestOffices
    let office: LocalNode
    let path: String
    let folder = TemporaryFolder()
    let record: String

    init() throws {
      offices = try TestOffices()
      let office = try offices.office("540600", "那曲市局")
      record = try office.addTraining("牧区培训")
      let signed = try offices.region.sign(request: office.certificateRequest(), mayEnrol: false)
      try office.accept(certificates: signed.bundle, authority: nil)
      self.office = try LocalNode(opening: office.store.folder)
      path = folder.path + "/那曲.tzb"
      _ = try self.office.makeBundle(for: nil, sinceLast: false, to: path)
    }

    func altered(_ change: (inout [UInt8]) -> Void) throws -> String {
      var bytes = Array(FileManager.default.contents(atPath: path) ?? Data())
      change(&bytes)
      let other = folder.path + "/altered.tzb"
      try Data(bytes).write(to: URL(fileURLWithPath: other))
      return other
    }
  }

  /// Invariant 7: a bundle applied twice changes nothing the second time.
  @Test func invariant7ABundleAppliedTwiceChangesNothing() throws {
    let stick = try Stick()
    let first = try stick.offices.region.merge(
      [stick.path], decide: nil, operatorName: "", progress: { _ in })
    #expect(first.sources.first?.applied == 1)
    #expect(try stick.offices.region.field(stick.record, "title") == .single(.text("牧区培训")))
    let fingerprint = try stick.offices.region.fingerprint(of: "540000")
    let second = try stick.offices.region.merge(
      [stick.path], decide: nil, operatorName: "", progress: { _ in })
    #expect(second.sources.first?.applied == 0)
    #expect(try stick.offices.region.fingerprint(of: "540000") == fingerprint)
  }

  /// An office without any link: a stick there, a stick back, and nothing is carried twice.
  @Test func aStickBringsBackTheReceiptForTheOneBefore() throws {
    let stick = try Stick()
    let (office, region) = (stick.office, stick.offices.region)
    func unsent() throws -> Int { try office.status(division: nil).unsent }
    func carry(from maker: LocalNode, to taker: LocalNode, for name: String?) throws -> Int {
      let path = stick.folder.path + "/carried.tzb"
      let changes = try maker.makeBundle(for: name, sinceLast: true, to: path).manifest.changes
      let merged = try taker.merge([path], decide: nil, operatorName: "", progress: { _ in })
      #expect(!merged.hasLeftOut, "\(merged.sources)")
      return changes
    }
    #expect(try unsent() > 0)
    #expect(try carry(from: office, to: region, for: nil) > 0)
    // Nothing has told the office yet: the first stick may be lost, and is made good.
    #expect(try unsent() > 0)
    #expect(try carry(from: office, to: region, for: nil) > 0)
    _ = try carry(from: region, to: office, for: "那曲市局")
    #expect(try unsent() == 0)
    #expect(try carry(from: office, to: region, for: nil) == 0)
    try office.addTraining("第二场")
    #expect(try unsent() == 1)
    #expect(try carry(from: office, to: region, for: nil) == 1)
  }

  @Test func anAlteredCutOrForeignFileIsRefusedAndNothingGoesIn() throws {
    let stick = try Stick()
    let region = stick.offices.region
    let before = try region.fingerprint(of: "540000")
    let size = FileManager.default.contents(atPath: stick.path)?.count ?? 0
    for place in stride(from: 0, to: size, by: 41) {
      let path = try stick.altered { $0[place] ^= 1 }
      #expect(throws: (any Error).self, "byte \(place)") { try region.apply(bundle: path) }
    }
    for count in [0, 5, 9, 100, size - 1] {
      let path = try stick.altered { $0 = Array($0.prefix(count)) }
      #expect(throws: (any Error).self, "cut at \(count)") { try region.apply(bundle: path) }
    }
    #expect(try region.fingerprint(of: "540000") == before)
  }

  /// Invariant 10: a bundle for somebody else stays shut.
  @Test func invariant10ABundleForSomebodyElseStaysShut() throws {
    let stick = try Stick()
    let other = try stick.offices.enrolled("540100", "拉萨市局")
    #expect(throws: BundleFault.wrongRecipient(name: "自治区")) { try other.apply(bundle: stick.path) }
  }

  /// A stick is its only way, and nothing tells the maker that the recipient has lost what it once sent.
  @Test func anOfficeThatWasRestoredGetsItsOwnHistoryBackByStick() async throws {
    let stick = try Stick()
    let region = stick.offices.region
    _ = try stick.office.backup(to: stick.folder.path + "/备份")
    let lost = try stick.office.addTraining("备份之后")
    _ = try await sync(stick.office, region)
    let restored = try LocalNode.restore(
      backup: stick.folder.path + "/备份", into: stick.folder.path + "/恢复")
    _ = try region.makeBundle(for: "那曲市局", sinceLast: false, to: stick.path)
    let report = try restored.merge([stick.path], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.sources.allSatisfy { $0.error == nil && $0.rejected == 0 }, "\(report)")
    #expect(try restored.field(lost, "title") == .single(.text("备份之后")))
  }

  @Test func sinceLastLeavesOutWhatTheRecipientSignedFor() async throws {
    let stick = try Stick()
    _ = try await sync(stick.office, stick.offices.region)
    let manifest = try stick.office.makeBundle(for: nil, sinceLast: true, to: stick.path).manifest
    #expect(manifest.changes == 0)
    try stick.office.addTraining("又一场")
    #expect(try stick.office.makeBundle(for: nil, sinceLast: true, to: stick.path).manifest.changes == 1)
  }
}
