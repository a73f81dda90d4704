public import Ledger
public import Store

/// Where the contents of attachments are besides, by what is known within one transaction: offices and receipts are read
/// once, for however many.
public struct AttachmentWhereabouts {
  private let snapshot: Snapshot
  private let own: NodeID
  private let names: [NodeID: String]
  private let receipts: HolderIndex
  private let scopes: ReadingScopes

  public init(of node: LocalNode, _ snapshot: Snapshot) throws {
    try self.init(snapshot, own: node.facts.node)
  }

  /// The same for who has the store alone.
  public init(_ snapshot: Snapshot) throws {
    guard let own = try snapshot.meta(.node).flatMap({ NodeID($0) }) else { throw StoreError.damaged("meta") }
    try self.init(snapshot, own: own)
  }

  private init(_ snapshot: Snapshot, own: NodeID) throws {
    self.snapshot = snapshot
    self.own = own
    names = try snapshot.officeNames()
    receipts = HolderIndex(snapshot)
    scopes = ReadingScopes(snapshot)
  }

  /// Who may have an attachment's content: who attached it, then those that have signed for holding that change. The
  /// signature is for the record; only asking tells.
  public func holders(of view: AttachmentView) throws -> [String] {
    let author = view.change.log.node
    let nodes = [author] + (try receipts.holders(of: view.change).filter { $0 != author })
    return nodes.filter { $0 != own }.map { names[$0] ?? AttachmentWhereabouts.short($0) }
  }

  /// Who was seen to hold an attachment's content: it gave it, took all of it, or has said that it lacks nothing. Nobody,
  /// where it was erased.
  ///
  /// - Parameter space: that of the record.
  public func knownHolders(of view: AttachmentView, in space: Space) throws -> [String] {
    guard view.erasure == nil else { return [] }
    return try snapshot.knownHolders(of: view.attachment.content, in: space, scopes)
      .filter { $0.node != own }.map {
        $0.node.flatMap { names[$0] } ?? $0.name ?? $0.node.map(AttachmentWhereabouts.short) ?? "-"
      }
  }

  private static func short(_ node: NodeID) -> String { String(node.description.prefix(12)) }
}

extension Snapshot {
  /// Who is known to hold a content: for records of a space, and of others those who may read that space, for a file is the
  /// same whichever record it came with.
  func knownHolders(of content: Hash256, in space: Space, _ scopes: ReadingScopes) throws -> [ContentHolder] {
    let here = try holders(of: content, in: space)
    let all =
      try here
      + holders(of: content, outside: space).filter { holder in
        try !here.contains(holder) && holder.node.map { try scopes.mayRead($0, space) } == true
      }
    // Who was revoked gives nobody anything.
    return try all.filter { try $0.node.map { try scopes.isRevoked($0) } != true }
  }
}
