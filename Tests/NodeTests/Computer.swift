import Foundation
import Ledger
import Store

@testable import Node

/// One computer, opened and closed like a program that comes and goes: only then is all of it in one file.
final class Computer {
  private var open: LocalNode?
  let folder: String
  let nodeID: NodeID

  init(_ node: LocalNode) {
    open = node
    folder = node.store.folder
    nodeID = node.facts.node
  }

  func node() throws -> LocalNode {
    if let open { return open }
    let node = try LocalNode(opening: folder)
    open = node
    return node
  }

  private var path: String { folder + "/store.sqlite" }

  func saved() throws -> Data {
    open = nil
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  func setBack(to data: Data) throws {
    open = nil
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: data)
    try file.close()
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }
}
