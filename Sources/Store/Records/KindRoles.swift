internal import Campaign

/// Which fields of each kind the indexed columns are taken from.
final class KindRoles {
  struct Roles {
    var date: Int?
    var items: Int?
  }

  private let pack: Pack
  private let itemList: Int?
  /// Worked out for the kinds that are met: most transactions touch one.
  private var byKind: [String: Roles] = [:]

  init(_ pack: Pack) {
    self.pack = pack
    itemList = pack.lists.firstIndex { $0.name == Pack.itemList }
  }

  subscript(kind: Kind) -> Roles {
    if let roles = byKind[kind.code] { return roles }
    // A record's day is the one that plays that part in the pack, else the first day its kind asks for.
    let date =
      LikenessFields(kind, pack).date
      ?? kind.fields.firstIndex { $0.type == .date && $0.form == .single && $0.isRequired }
    let items = kind.fields.firstIndex { field in
      guard case .code(let list) = field.type else { return false }
      return field.form == .set && list == itemList
    }
    let roles = Roles(date: date, items: items)
    byKind[kind.code] = roles
    return roles
  }
}
