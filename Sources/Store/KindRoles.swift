internal import Campaign

/// Which fields of each kind the indexed columns are taken from.
struct KindRoles {
  struct Roles {
    var date: Int?
    var items: Int?
  }

  private var byKind: [String: Roles] = [:]

  init(_ pack: Pack) {
    let itemList = pack.lists.firstIndex { $0.name == Pack.itemList }
    for kind in pack.kinds {
      // A record's day is the one that plays that part in the pack, else the first day its kind asks for.
      let date =
        LikenessFields(kind, pack).date
        ?? kind.fields.firstIndex { $0.type == .date && $0.form == .single && $0.isRequired }
      let items = kind.fields.firstIndex { field in
        guard case .code(let list) = field.type else { return false }
        return field.form == .set && list == itemList
      }
      byKind[kind.code] = Roles(date: date, items: items)
    }
  }

  subscript(kind: Kind) -> Roles { byKind[kind.code] ?? Roles() }
}
