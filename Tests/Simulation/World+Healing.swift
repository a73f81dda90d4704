import Campaign
import Ledger
import Store

@testable import Node

/// The end of a world: everything works again.
extension World {
  /// Everything works again: all talk to all until nobody has anything new, then once more.
  func heal() throws {
    for conversation in conversations {
      conversation.run()
      for side in 0...1 { conversation.tell(.stop, side) }
      conversation.run()
      review(conversation)
    }
    conversations = []
    try judgeRulings()
    try reinstateAll()
    try giveBackAll()
    for round in 0..<3 {
      for (a, b) in links {
        let conversation = try converse(a, b)
        conversation.run()
        review(conversation)
        let name = "\(Cast.roles[a].name) and \(Cast.roles[b].name)"
        guard round == 2 else { continue }
        if conversation.converged != [true, true] { complain("\(name) do not agree in the end") }
        if conversation.received != [0, 0] {
          complain("\(name) still had something: \(conversation.received)")
        }
      }
    }
  }

  /// Those who speak with each other do, one after the other.
  func meet(rounds: Int, tidies: Bool = false) throws {
    for _ in 0..<rounds {
      for (a, b) in links {
        guard let conversation = try converseIfTrusted(a, b) else { continue }
        conversation.run()
        review(conversation)
      }
      if tidies { for node in nodes { node.tidyUp() } }
    }
  }
}
