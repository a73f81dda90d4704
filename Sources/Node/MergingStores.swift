internal import Foundation
internal import Ledger
internal import Replication
internal import Store
internal import Trust
internal import Wire

/// Taking in another store: a backup, or the folder of one.
///
/// Nothing of its tables is believed. Its changes come through the same intake as a peer's, each judged by chain,
/// signature, certificate and scope. The file itself is only copied, as it is at one moment: the copy may be brought
/// forward from an older step.
extension LocalNode {
  /// - Parameters:
  ///   - taken: is told what came of it, also where this throws.
  ///   - told: is told whose it says it is, before anything is taken in.
  ///   - progressed: is told how much of it was gone through, of how much.
  /// - Throws: `backupRefused` where it is no store of this program, `MergeFault.noRoom`.
  func apply(
    storeAt path: String, _ taken: inout Taken, told: (Maker) -> Void,
    progressed: (_ step: MergeStep, _ done: Int, _ of: Int) throws -> Void
  ) throws {
    try withCopy(of: path, copied: { try progressed(.copying, $0, $1) }) { other in
      try other.read { snapshot in
        guard let node = try snapshot.meta(.node).flatMap({ NodeID($0) }) else {
          throw NodeError.backupRefused(path: path)
        }
        told(Maker(node: node, name: try snapshot.metaText(.officeName) ?? "", madeAt: nil, isStore: true))
        // Without the region's CA nobody's changes can be judged but the own ones.
        guard identity.authority != nil || node == facts.node else { throw NodeError.notEnrolled }
        let shown = try? snapshot.receiptTexts(
          by: facts.node, limit: Limits.receiptsPerMessage, bytes: Limits.receiptBytesPerMessage)
        taken.losses = try ownWrite { commit in
          let own = scope(try commit.pack())
          return try noteLosses(by: shown ?? [], mayRead: own.mayRead, in: commit)
        }
        var failure: (any Error)?
        do {
          try take(snapshot, &taken) { try progressed(.changes, $0, $1) }
        } catch let error as OwnStoreFailure {
          throw error
        } catch {
          failure = error
        }
        // A ledger that came in there would come in here once more; also where the file ends early, or somebody stops it: what
        // has come in so far lasts.
        if node == facts.node { try takeImports(of: snapshot, &taken) }
        if let failure { throw failure }
      }
    }
  }

  private func takeImports(of other: Snapshot, _ taken: inout Taken) throws {
    do {
      var place: CarriedImports.Place?
      repeat {
        let carried = try ownWrite { try $0.takeImports(of: other, after: place) }
        taken.importsLeft += carried.left
        place = carried.through
      } while place != nil
    } catch is UnreadableStore {
      taken.importsUnread = true
    }
  }

  /// Everything that the other store holds and this office may read, in the order in which it came there. It is read
  /// outside this store's transactions, and each portion lasts once it is taken in: the file may be damaged further on.
  private func take(
    _ other: Snapshot, _ taken: inout Taken, _ progressed: (_ changes: Int, _ of: Int) throws -> Void
  ) throws {
    let own = scope(try store.read { try $0.pack() })
    var intake = Intake(node: self, source: Commit.fromStore)
    var gaps: OutgoingGaps? = OutgoingGaps()
    let scope: (Space) -> Bool = { own.mayRead($0) }
    let last = try other.ownCursor().arrival
    var held = HeldRanges()
    var from: Int64 = 0
    var readsAhead = true
    while true {
      // Where the notices are damaged the redactions come in their turn.
      var sent = held
      let ahead =
        readsAhead
        ? try? other.redactionsAhead(
          after: 0, scope: scope, excluding: nil, held: &sent, limit: LocalNode.portionBytes,
          isForeign: true) : nil
      if ahead == nil { readsAhead = false } else { held = sent }
      let next =
        try ahead
        ?? other.outgoing(
          after: from, scope: scope, excluding: nil, held: held, limit: LocalNode.portionBytes,
          signatureSpan: 0, gaps: &gaps)
      taken.leftOut = gaps?.leftOut ?? 0
      if !next.batches.isEmpty {
        let frame = ChangesFrame(batches: next.batches, through: next.through)
        var trace = taken.trace
        let outcome = try ownWrite { commit in
          try trace.follow(commit) {
            var authority = try Authority(commit.snapshot, identity: identity)
            return try intake.take(frame, mayRead: own.mayRead, authority: &authority, in: commit)
          }
        }
        taken.trace = trace
        taken.changes += next.changeCount
        taken.new += outcome.new
        taken.note(intake)
      }
      if ahead != nil { continue }
      from = next.through.arrival
      try progressed(Int(from), Int(last))
      if gaps?.endsEarly == true { throw StoreError.damaged("\(Store.fileName), \(from)") }
      if next.isLast { return }
    }
  }

  /// What goes wrong in this store is no fault of the source.
  private func ownWrite<T>(_ body: (Commit) throws -> T) throws -> T {
    do {
      return try store.write(body)
    } catch let error as StoreError {
      throw OwnStoreFailure(cause: error)
    }
  }

  struct OwnStoreFailure: Error {
    var cause: StoreError
  }

  /// About so much is read at a time.
  private static let portionBytes = 512 << 10

  /// A copy that is there for as long as `body` runs, beside this store: there is room for what it brings.
  ///
  /// - Parameter copied: is told how many bytes of it there are, of how many.
  private func withCopy<T>(
    of path: String, copied: (_ bytes: Int, _ of: Int) throws -> Void, _ body: (Store) throws -> T
  ) throws -> T {
    let file = MergeFiles.isFolder(path) ? path + "/" + Store.fileName : path
    return try withTemporaryFolder { folder in
      do {
        let byteCount = try Store.byteCount(ofFile: file)
        if let shortage = shortage(for: byteCount) {
          throw MergeFault.noRoom(path: path, needed: byteCount, free: shortage.free, floor: shortage.floor)
        }
        do {
          try Store.copy(file: file, into: folder, progressed: copied)
        } catch StoreError.diskFull {
          // Once the copy is gone there is as much as before: nothing is wrong with this store.
          throw MergeFault.noRoom(path: path, needed: byteCount, free: 0, floor: 0)
        }
      } catch StoreError.file(let path, let number) {
        throw NodeError.file(path: path, errno: number)
      }
      let other: Store
      do {
        chmod(folder + "/" + Store.fileName, 0o600)
        try Store.disarm(copyIn: folder)
        other = try Store(openingCopy: folder)
      } catch StoreError.notAStore {
        throw NodeError.backupRefused(path: path)
      }
      defer { other.close() }
      return try body(other)
    }
  }

  /// A folder in this store's own that goes when `body` is done; what a run that is cut off leaves, `doctor` finds.
  func withTemporaryFolder<T>(_ body: (_ folder: String) throws -> T) throws -> T {
    removeLeftovers()
    let name = surroundings.random(6).map { String($0, radix: 16) }.joined()
    let folder = "\(store.folder)/merge-\(name).part"
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch {
      throw NodeError.file(path: folder, errno: PosixCause.errno(of: error))
    }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // Held for as long as this process uses it.
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    if descriptor >= 0 { _ = flock(descriptor, LOCK_EX | LOCK_NB) }
    return try body(folder)
  }

  /// What earlier runs left that were cut off: copies of stores. An empty one may be about to be used.
  private func removeLeftovers() {
    let files = FileManager.default
    for name in (try? files.contentsOfDirectory(atPath: store.folder)) ?? []
    where LocalNode.isTemporaryFolder(name) {
      let path = store.folder + "/" + name
      guard (try? files.contentsOfDirectory(atPath: path))?.isEmpty == false else { continue }
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { try? files.removeItem(atPath: path) }
    }
  }

  static func isTemporaryFolder(_ name: String) -> Bool {
    name.wholeMatch(of: #/merge-[0-9a-f]+\.part/#) != nil
  }
}

// MARK: a rehearsal

extension LocalNode {
  /// Does something on a copy of this store that is thrown away: what `body` reports is what it would report, and
  /// nothing has changed.
  ///
  /// - Parameter body: gets a node with this one's key, whose store is the copy.
  public func rehearse<T>(_ body: (LocalNode) throws -> T) throws -> T {
    try withTemporaryFolder { folder in
      try store.copy(to: folder)
      let copy = try Store(opening: folder)
      defer { copy.close() }
      return try body(LocalNode(self, on: copy))
    }
  }
}
