import Campaign
import Foundation
import Ledger
import Store
import TestSupport

@testable import Node

/// Processes that end, stores that are copied, lost or set back.
extension World {
  /// A process ends between two transactions, and begins again with what its store holds.
  func crash(_ role: Int) throws {
    for conversation in conversations { conversation.abandon(role: role) }
    nodes[role] = try LocalNode(
      opening: nodes[role].store.folder, surroundings: computers[role].surroundings)
    coverage.note(.crash)
    note("\(Cast.roles[role].name) crashes and starts again")
    for text in try Durability.complaints(self, after: "a crash") { complain(text) }
  }

  /// Somebody copies a store's folder, and from now on both are used.
  func copyStore() throws {
    let path = folder.path + "/" + Cast.roles[Cast.twin].name
    try FileManager.default.copyItem(atPath: nodes[Cast.original].store.folder, toPath: path)
    let computer = SimulatedSurroundings(
      seed: random.next(), now: computers[Cast.original].surroundings.now())
    computers.append(computer)
    nodes.append(try LocalNode(opening: path, surroundings: computer.surroundings))
    coverage.note(.copy)
    note("\(Cast.roles[Cast.original].name) is copied, and both go on")
  }

  func backUpOrRestore() throws {
    let role = Int.random(in: nodes.indices, using: &random)
    counter += 1
    guard let backup = backups.removeValue(forKey: role) else {
      let path = folder.path + "/backup\(counter)"
      _ = try nodes[role].backup(to: path)
      backups[role] = path
      return note("\(Cast.roles[role].name) makes a backup")
    }
    for conversation in conversations { conversation.abandon(role: role) }
    nodes[role] = try LocalNode.restore(
      backup: backup, into: folder.path + "/restored\(counter)", surroundings: computers[role].surroundings)
    coverage.note(.loss)
    note("\(Cast.roles[role].name) loses its store, and goes on with the backup")
    try noteLoss(at: role)
  }

  /// As a virtual machine's: the store lies where it lay, and nothing tells it that it was set back.
  func takeOrPutBackSnapshot() throws {
    let role = Int.random(in: nodes.indices, using: &random)
    counter += 1
    guard let snapshot = snapshots.removeValue(forKey: role) else {
      let path = folder.path + "/snapshot\(counter)"
      try StoreSnapshot.take(of: nodes[role].store.folder, to: path)
      snapshots[role] = path
      note("\(Cast.roles[role].name) makes a snapshot")
      // What it writes from here on is what will be lost, and what it writes after that the log's other branch.
      return try editAside(at: role)
    }
    for (a, b) in links where a == role || b == role {
      guard let conversation = try converseIfTrusted(a, b) else { continue }
      conversation.run()
      review(conversation)
    }
    for conversation in conversations { conversation.abandon(role: role) }
    try StoreSnapshot.putBack(snapshot, over: nodes[role].store.folder)
    nodes[role] = try LocalNode(opening: nodes[role].store.folder, surroundings: computers[role].surroundings)
    coverage.note(.setBack)
    note("\(Cast.roles[role].name) is set back to the snapshot")
    try noteLoss(at: role)
    try editAside(at: role)
  }

  private func noteLoss(at role: Int) throws {
    restored.insert(role)
    for index in records.indices {
      records[index].noteLoss(heldBy: try holders(of: index))
      if try nodes.indices.allSatisfy({ try view(of: index, at: $0) == nil }) { mayBeLost.insert(index) }
    }
  }
}
