import Ledger
import Store

/// Invariant 3: no concurrent value disappears. Everything that the account says is living stands at everybody
/// who may read it, nothing is counted twice, and what is in conflict is shown as that.
enum NothingLost {
  static func complaints(_ world: World) throws -> [String] {
    try complaints(world, world.accounts(), among: Array(world.nodes.indices))
  }

  static func complaints(_ world: World, _ accounts: [Account], among roles: [Int]) throws -> [String] {
    var found: [String] = []
    for account in accounts {
      let (index, record) = (account.index, account.model)
      for role in roles where Cast.mayWrite(role, record.division) {
        func complain(_ text: String) {
          found.append("invariant 3: record \(index) at \(Cast.roles[role].name): \(text)")
        }
        guard let view = try world.view(of: index, at: role) else {
          if account.mustBeThere { complain("not there") }
          continue
        }
        let lost = record.places.subtracting(view.living("place"))
        if !lost.isEmpty { complain("lost places \(lost.sorted())") }
        if view.conflicts.contains("place") != (record.places.count > 1) { complain("conflict not as it is") }
        if view.texts("co_organisers") != record.partners {
          complain("partners \(view.texts("co_organisers").sorted()), not \(record.partners.sorted())")
        }
        if view.participants != record.participants {
          complain("participants \(view.participants), not \(record.participants)")
        }
        if view.existence != record.existence { complain("\(view.existence), not \(record.existence)") }
      }
    }
    return found
  }
}
