import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Trust
import Wire

@testable import Node

/// A bundle on its way.
struct Stick {
  let path: String
  let from: Int
  let to: Int
}

/// Bundles that are packed, carried, and carried again.
extension World {
  func packStick() throws {
    let (a, b) = links.randomElement(using: &random)!
    let (from, to) = Bool.random(using: &random) ? (a, b) : (b, a)
    let path = folder.path + "/stick\(sticks.count)-\(counter).tzb"
    counter += 1
    // Somebody of whom one has never heard cannot be written to.
    guard try nodes[from].store.read({ try $0.office(nodes[to].facts.node) }) != nil else { return }
    let sinceLast = Bool.random(using: &random)
    do {
      _ = try nodes[from].makeBundle(for: nodes[to].facts.node.description, sinceLast: sinceLast, to: path)
    } catch let error as NodeError {
      // Nobody packs for who was revoked.
      if !World.isRefusal(error) { complain("\(Cast.roles[from].name) packed no stick: \(error)") }
      return note("\(Cast.roles[from].name) packs no stick for \(Cast.roles[to].name): \(error)")
    }
    let stick = Stick(path: path, from: from, to: to)
    sticks.append(stick)
    for message in try messages(of: stick) { checkConfidentiality(of: message, from: from, to: to) }
    note("\(Cast.roles[from].name) packs a stick for \(Cast.roles[to].name)")
  }

  func carryStick() throws {
    guard let index = sticks.indices.randomElement(using: &random) else { return }
    let stick = sticks[index]
    try merge(stick)
    if random.chance(faults.repeatedBundles) {
      for text in try Idempotence.complaints(of: nodes[stick.to], doing: { try self.merge(stick) }) {
        complain(text)
      }
    } else {
      sticks.remove(at: index)
    }
  }

  private func merge(_ stick: Stick) throws {
    let report = try nodes[stick.to].merge([stick.path], decide: nil, operatorName: "", progress: { _ in })
    note("\(Cast.roles[stick.to].name) merges a stick: \(report.sources[0].applied) new")
    if report.sources[0].applied > 0 { coverage.note(.stickApplied) }
    if let error = report.sources[0].error {
      note("  refused: \(error)")
      if !isExpected(error) { complain("\(Cast.roles[stick.to].name) refused a stick: \(error)") }
    }
  }

  private func isExpected(_ error: any Error) -> Bool {
    switch error {
    // What it builds on may have come by no way yet: then it is refused whole, and a later one brings it.
    case BundleFault.gap: true
    // It was sealed to a certificate that the recipient has no more.
    case BundleFault.wrongRecipient: !incidents.rulings.isEmpty
    default: World.isRefusal(error)
    }
  }

  /// What is in a stick, opened with its recipient's key.
  private func messages(of stick: Stick) throws -> [Message] {
    let bundle = try BundleReader(stick.path)
    guard let row = try nodes[stick.from].store.read({ try $0.office(nodes[stick.to].facts.node) }) else {
      return []
    }
    let key = try SealedEnvelope.open(
      bundle.head.sealedKey, certificate: Certificate(der: row.certificate), key: nodes[stick.to].identity.key
    )
    var messages: [Message] = []
    try bundle.read(key, progressed: { _, _ in }) { payload in
      messages.append(
        bundle.head.format == BundledAttachments.format
          ? try Message(type: payload[0], payload: Array(payload.dropFirst()))
          : try Message(type: 4, payload: payload))
    }
    return messages
  }
}
