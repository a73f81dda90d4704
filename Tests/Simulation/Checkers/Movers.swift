import Foundation
import Ledger
import Store

@testable import Node

/// No record is lost by moving, and what was erased is nowhere left. Where the region lost its store, a move or an erasure
/// may have gone with it in part.
enum Movers {
  static func complaints(_ world: World) throws -> [String] {
    guard !world.restored.contains(0) else { return [] }
    return try lost(world) + left(world)
  }

  private static func lost(_ world: World) throws -> [String] {
    try world.incidents.movers.compactMap { mover in
      let held = try world.nodes.indices.flatMap { try world.views(titled: mover.title, at: $0) }
      if held.isEmpty, !world.restored.isEmpty { return nil }
      let isThere = try world.views(titled: mover.title, at: 0).contains { $0.existence != .deleted }
      return isThere ? nil : "invariant 3: \(mover.title) is nowhere"
    }
  }

  private static func left(_ world: World) throws -> [String] {
    let texts = world.incidents.erased.flatMap(\.texts)
    guard !texts.isEmpty else { return [] }
    return try world.nodes.flatMap { node in
      node.tidyUp()
      let bytes = try bytes(of: node)
      return texts.sorted().filter { bytes.range(of: Data($0.utf8)) != nil }.map {
        "erased, and left at \(node.facts.name): \($0)"
      }
    }
  }

  /// All that lies on the disk of a store, whichever table it is in, and none.
  private static func bytes(of node: LocalNode) throws -> Data {
    try ["", "-wal"].reduce(into: Data()) { all, suffix in
      let path = node.store.folder + "/" + Store.fileName + suffix
      guard FileManager.default.fileExists(atPath: path) else { return }
      all += try Data(contentsOf: URL(fileURLWithPath: path))
    }
  }
}
