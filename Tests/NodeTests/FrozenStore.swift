import Campaign
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing
import Wire

@testable import Node
@testable import Store

/// A store as the program of one schema step made it, kept under `Frozen`: a backup, compressed, and beside it what is
/// in it.
///
/// Who adds a step records its store, before anything else is changed in the step and once and for all:
/// `TAIZHANG_RECORD=1 swift test --filter FrozenStoreTests`. What is kept is never written over: it stands for the
/// stores that offices have.
struct FrozenStore {
  /// What must be found in it again.
  struct Facts: Codable, Equatable {
    var records: Int
    var changes: Int
    var conflicts: Int
    var offices: [String]
    var titles: [String]
    var fingerprint: String

    init(_ node: LocalNode) throws {
      let status = try node.status(division: nil)
      (records, changes, conflicts) = (status.records, status.changes, status.conflicts)
      fingerprint = "\(status.fingerprint)"
      offices = try node.store.read { try $0.offices().map { "\($0.name) \($0.isRevoked)" } }.sorted()
      titles = try node.store.read { snapshot in
        var titles: [String] = []
        try snapshot.forEachRecord(RecordFilter()) { view in
          if let kind = view.kind, let value = view.content?["title", in: kind] { titles.append("\(value)") }
          return true
        }
        return titles.sorted()
      }
    }
  }

  let step: Int

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Frozen"
  static var isRecording: Bool { ProcessInfo.processInfo.environment["TAIZHANG_RECORD"] != nil }

  /// 2026-11-26: certificates of then have neither run out nor to be renewed.
  static let surroundings = Surroundings(
    now: { 1_795_651_200_000 }, random: Surroundings.system.random)

  /// The attachment's content: no backup holds it.
  static let photo = Array("现场照片".utf8)

  static let all: [FrozenStore] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { name in
      name.hasPrefix("step-") && name.hasSuffix(".zst") ? Int(name.dropFirst(5).dropLast(4)) : nil
    }.sorted().map(FrozenStore.init)
  }()

  private var path: String { "\(FrozenStore.folder)/step-\(step)" }

  func facts() throws -> Facts {
    try JSONDecoder().decode(Facts.self, from: Data(contentsOf: URL(fileURLWithPath: path + ".json")))
  }

  /// Writes the backup, and the attachment's content into a store's folder that is to be.
  func put(backup file: String, contentsOf store: String) throws {
    let contents = ContentFiles(store: store)
    try contents.makeDurable([contents.keep(FrozenStore.photo).content])
    let bytes = try Compression.inflate(Array(Data(contentsOf: URL(fileURLWithPath: path + ".zst"))))
    try Data(bytes).write(to: URL(fileURLWithPath: file))
  }

  /// Makes the store of it that it was a backup of, as a file of its step.
  func put(store folder: String) throws {
    let file = folder + "/" + Store.fileName
    try put(backup: file + ".backup", contentsOf: folder)
    try FileManager.default.moveItem(atPath: file + ".backup", toPath: file)
    let queue = try DatabaseQueue(path: file)
    try queue.writeWithoutTransaction { db in
      for row in try Row.fetchAll(db, sql: "SELECT name, content FROM identity") {
        try Identity.write(String(decoding: row[1] as Data, as: UTF8.self), folder, row[0])
      }
      try db.execute(sql: "DROP TABLE identity")
    }
    try queue.close()
  }

  // MARK: recording

  /// Keeps the store of the current step.
  static func record() async throws {
    let offices = try TestOffices(surroundings)
    let node = offices.region
    try await fill(offices)
    let folder = TemporaryFolder()
    _ = try node.backup(to: folder.path + "/b")
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/b")))
    let frozen = FrozenStore(step: Schema.current)
    try Data(Compression.deflate(bytes)).write(to: URL(fileURLWithPath: frozen.path + ".zst"))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try (encoder.encode(Facts(node)) + Data("\n".utf8)).write(to: URL(fileURLWithPath: frozen.path + ".json"))
  }

  /// Gives a region something in every table that lasts.
  private static func fill(_ offices: TestOffices) async throws {
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let shigatse = try offices.enrolled("540200", "日喀则市局")
    let ids = try ["电梯安全培训", "两处都改", "要删的", "要迁的", "身份证号", "有照片的"].map {
      try lhasa.addTraining($0)
    }
    let folder = TemporaryFolder()
    try Data(photo).write(to: URL(fileURLWithPath: folder.path + "/现场.jpg"))
    _ = try lhasa.attach(ids[5], files: [folder.path + "/现场.jpg"], operatorName: "扎西")
    try shigatse.addTraining("日喀则的")
    try await sync(lhasa, region)
    try await sync(shigatse, region)
    for (node, title) in [(lhasa, "市局改的"), (region, "区局改的")] {
      _ = try node.edit(ids[1], operations: [.set("title", to: title)], operatorName: "")
    }
    _ = try lhasa.delete(ids[2], operatorName: "")
    _ = try lhasa.move(ids[3], division: "540103", operatorName: "")
    try await sync(lhasa, region)
    _ = try region.redact(ids[4], field: "title", reason: "本人申请", operatorName: "")
    _ = try region.revoke(shigatse.facts.node.description, reason: "电脑遗失")
    _ = try region.invite(division: "540500", name: "山南市局", days: 7, only: false, mayEnrol: false)
    try await sync(lhasa, region)
  }
}

extension FrozenStore: CustomTestStringConvertible {
  var testDescription: String { "step \(step)" }
}
