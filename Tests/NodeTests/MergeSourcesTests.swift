import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// What a merge makes of a stick as it comes out of a computer, and of a rule that cannot tell.
@Suite struct MergeSourcesTests {
  private let folder = TemporaryFolder()

  private func put(_ names: [String]) throws {
    for name in names {
      let path = folder.path + "/" + name
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    }
  }

  private func merge(_ node: LocalNode, _ decide: LocalNode.MergeDecision? = nil, _ paths: [String]) throws
    -> LocalNode.MergeReport
  {
    try node.merge(paths, decide: decide, operatorName: "", progress: { _ in })
  }

  @Test func whatSystemsLeaveOnAStickIsNoSource() throws {
    let region = try TestOffices().region
    try put([
      "System Volume Information/IndexerVolumeGuid", "autorun.inf", "$RECYCLE.BIN/desktop.ini", "Desktop.ini",
      "Thumbs.db", "LOST.DIR/1", "found.000/file0000.chk", ".Trash-1000/x", "县局/.DS_Store",
    ])
    let junk = try merge(region, nil, [folder.path])
    #expect(junk.sources.isEmpty && junk.emptyFolders == [folder.path] && !junk.hasLeftOut)
    // Whatever else is no bundle was meant to be one.
    try put(["县局/拉萨.tzb"])
    let left = try merge(region, nil, [folder.path])
    #expect(left.sources.map { ($0.path as NSString).lastPathComponent } == ["拉萨.tzb"])
    #expect(left.emptyFolders.isEmpty && left.hasLeftOut)
  }

  /// Of two offices of one rank none is the higher: their conflict waits, and is not told as settled by rank.
  @Test func authorityDecidesNothingBetweenEquals() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let (first, second) = (try offices.enrolled("540100", "甲局"), try offices.enrolled("540100", "乙局"))
    let id = try first.addTraining("会")
    let other = try first.addTraining("另一会")
    for node in [first, second] { _ = try await sync(node, region) }
    for (node, text) in [(first, "甲"), (second, "乙")] {
      _ = try node.edit(id, operations: [.set("place", to: text)], operatorName: "")
    }
    // Here the region has its say, and an office besides.
    _ = try first.edit(other, operations: [.set("place", to: "丙")], operatorName: "")
    _ = try region.edit(other, operations: [.set("place", to: "丁")], operatorName: "")
    for node in [first, second] { _ = try await sync(node, region) }
    let merged = try merge(region, .authority, [])
    #expect(merged.decided.map(\.conflict.view.id.description) == [other], "\(merged.decided)")
    #expect(merged.conflictsOpen == 1)
    #expect(try region.field(other, "place") == .single(.text("丁")))
    let open = try region.conflicts(RecordFilter())
    #expect(open.map(\.view.id.description) == [id] && open[0].candidates.count == 2)
    // What the other rule can tell it still tells.
    #expect(try merge(region, .latest, []).conflictsOpen == 0)
  }

  /// A log that one source forks and another one cuts is told once, as cut.
  @Test(arguments: [false, true]) func aLogThatAnotherSourceCutsIsNotToldAsCounting(isCutFirst: Bool)
    async throws
  {
    let offices = try TestOffices()
    let region = offices.region
    let author = try offices.enrolled("540100", "拉萨市局")
    let witnesses = try ["甲局", "乙局"].map { try offices.enrolled("540100", $0) }
    for node in witnesses { _ = try await sync(node, region) }
    var log = ForkedLog(author: author)
    let ends = try (0..<10).map { _ in try log.grow(after: nil) }
    let batches = ends.map { log.batch(after: nil, to: $0) }
    try region.take([batches[0]])
    try witnesses[0].take(Array(batches[..<2]))
    try witnesses[1].take(Array(batches[1...]))
    let paths = witnesses.map(\.store.folder)
    let merged = try merge(region, nil, isCutFirst ? paths.reversed() : paths)
    #expect(merged.sources.contains { $0.hasCut } && merged.forked.isEmpty, "\(merged.forked)")
    #expect(try region.cuts().keys.contains(log.log))
  }
}
