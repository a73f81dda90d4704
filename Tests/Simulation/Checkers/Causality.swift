import Store

/// Invariant 4: an informed edit beats what it saw, whatever the clocks say: nothing that was replaced stands.
enum Causality {
  static func complaints(_ world: World) throws -> [String] {
    var found: [String] = []
    for account in try world.accounts() {
      let (index, record) = (account.index, account.model)
      for role in world.nodes.indices where Cast.mayWrite(role, record.division) {
        guard let view = try world.view(of: index, at: role) else { continue }
        let risen = view.living("place").intersection(record.replacedPlaces)
        if !risen.isEmpty {
          found.append(
            "invariant 4: record \(index) at \(Cast.roles[role].name): \(risen.sorted()) rose again")
        }
      }
    }
    return found
  }
}
