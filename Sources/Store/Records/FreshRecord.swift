internal import Campaign
internal import Ledger

/// What a creation that nothing has touched shows: its values, without a merge.
struct FreshRecord {
  let kindName: KindName
  /// nil where the pack in force does not know the kind.
  let kind: Kind?
  let content: RecordContent?

  /// - Returns: nil where the mutation is no creation.
  init?(_ mutation: Mutation, _ pack: Pack) {
    guard let creation = mutation.creation else { return nil }
    kindName = creation.kind
    kind = kindName.lineage == pack.info.lineage ? pack.kind(kindName.code) : nil
    guard let kind else {
      content = nil
      return
    }
    var content = RecordContent(kind: kind)
    for write in mutation.writes {
      switch write.content {
      case .register(let value): content.show(register: value, cell: write.cell, of: kind)
      case .group(let members): content.show(group: members, cell: write.cell, of: kind)
      case .elements(let values): content.show(set: values, cell: write.cell, of: kind)
      case .tallyBase(.integer(let count)): content.show(tally: count, cell: write.cell, of: kind)
      case .tallyIncrement(let step): content.show(tally: step, cell: write.cell, of: kind)
      case .tallyBase, .deletion, .restoration, .candidates: break
      }
    }
    self.content = content
  }
}
