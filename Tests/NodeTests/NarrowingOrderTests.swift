import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// Offices are narrowed and given back what they had, enrol and write and meet in any order, also by sticks; in the end
/// all agree. What must count is kept beside it by the rules alone, in words of its own.
@Suite struct NarrowingOrderTests {
  private static let counties = ["540102", "540121"]

  /// A region, a prefecture's office that may enrol, one beside it, two counties' offices, and somebody who comes last.
  private final class Play {
    let offices: TestOffices
    let region: LocalNode
    var nodes: [LocalNode]
    var random: SeededRandom
    var count = 0
    /// What was written, by whom, where.
    var written: [(title: String, node: Int, division: String)] = []

    init(seed: UInt64) throws {
      offices = try TestOffices()
      region = offices.region
      let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
      nodes = [
        region, lhasa, try offices.enrolled("540100", "拉萨统计局"),
        try offices.enrolled("540102", "城关区局", by: lhasa), try offices.enrolled("540121", "林周县局"),
      ]
      random = SeededRandom(seed: seed)
    }

    func pick<T>(_ from: [T]) -> T { from.randomElement(using: &random)! }

    func step() async throws {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4: try write()
      case 4..<8:
        let a = Int.random(in: 0..<nodes.count, using: &random)
        let b = Int.random(in: 0..<nodes.count, using: &random)
        if a != b { try await meet(nodes[a], nodes[b]) }
      case 8: try assign()
      default: try carry()
      }
    }

    private func write() throws {
      let index = Int.random(in: 0..<nodes.count, using: &random)
      let division = pick(["540100"] + NarrowingOrderTests.counties)
      let node = nodes[index]
      guard node.identity.chain.first?.office?.scope.covers(DivisionCode(division)!) == true else { return }
      count += 1
      let title = "第\(count)场"
      try node.addTraining(title, division: division)
      written.append((title, index, division))
    }

    func meet(_ a: LocalNode, _ b: LocalNode) async throws {
      do {
        _ = try await sync(a, b)
      } catch is CertificateRefusal {
        // Its issuer may enrol no more, and was not known to have issued this.
      }
      a.tidyUp()
      b.tidyUp()
    }

    private func carry() throws {
      let recipient = nodes[Int.random(in: 1..<nodes.count, using: &random)]
      count += 1
      let stick = region.store.folder + "/../\(count).tzb"
      let maker = pick([region, nodes[1]])
      guard maker !== recipient,
        (try? maker.makeBundle(for: recipient.facts.node.description, sinceLast: false, to: stick)) != nil
      else { return }
      _ = try recipient.merge([stick], decide: nil, operatorName: "", progress: { _ in })
    }

    private func assign() throws {
      let office = nodes[Int.random(in: 1...2, using: &random)]
      var assignment = LocalNode.Assignment()
      switch Int.random(in: 0..<5, using: &random) {
      case 0: assignment.reach = .nothing
      case 1:
        assignment.division = "540100"
        assignment.reach = .allBelow
      case 2: assignment.division = pick(NarrowingOrderTests.counties)
      case 3: assignment.mayEnrol = false
      default: assignment.mayEnrol = office === nodes[1]
      }
      do {
        _ = try region.assign(office.facts.node.description, assignment)
      } catch NodeError.mayNotAssign {
        // Nothing that this is about.
      }
    }

    /// Everybody meets everybody until nothing moves.
    func settle() async throws {
      for _ in 0..<3 {
        for (i, a) in nodes.enumerated() { for b in nodes[..<i] { try await meet(a, b) } }
      }
    }

    func titles(_ node: LocalNode) throws -> Set<String> {
      var titles: Set<String> = []
      for one in written where try !node.ids(titled: one.title).isEmpty { titles.insert(one.title) }
      return titles
    }
  }

  /// `TAIZHANG_NARROWING_SEEDS=A...B` runs those.
  private static let seeds: ClosedRange<UInt64> = {
    let asked = ProcessInfo.processInfo.environment["TAIZHANG_NARROWING_SEEDS"]?.split(separator: ".") ?? []
    let ends = asked.compactMap { UInt64($0) }
    return ends.count == 2 ? ends[0]...ends[1] : 1...6
  }()

  @Test(arguments: seeds)
  func invariant1WhateverTheOrderAllAgree(seed: UInt64) async throws {
    let play = try Play(seed: seed)
    for _ in 0..<40 { try await play.step() }
    try await play.settle()
    // One that comes last and hears of everything at once, from whoever.
    play.nodes.append(try play.offices.enrolled("540100", "最后"))
    try await play.settle()
    let region = play.region
    for node in play.nodes.dropFirst() {
      // Enrolled by one who had lost the right: it is nobody here, or one to be enrolled anew.
      guard try region.store.read({ try $0.office(node.facts.node)?.isRevoked }) == false,
        let scope = node.identity.chain.first?.office?.scope
      else { continue }
      let theirs = try region.store.read { try $0.office(node.facts.node)?.fingerprint }
      #expect(theirs == node.identity.chain.first?.fingerprint, "\(seed): \(node.facts.name)'s certificate")
      let here = try node.store.read { try $0.fingerprint(scope: scope.mayRead) }
      let there = try region.store.read { try $0.fingerprint(scope: scope.mayRead) }
      #expect(here == there, "\(seed): \(node.facts.name)")
    }
    for node in play.nodes {
      let problems = try node.verify().problems
      #expect(problems.isEmpty, "\(seed): \(node.facts.name) \(problems)")
      #expect(try node.diagnose(repairs: true).problems.isEmpty, "\(seed): \(node.facts.name)")
    }
    // What an office wrote inside what is left to it counts, whenever that was.
    let counting = try play.titles(region)
    for one in play.written {
      let office = try region.store.read { try $0.office(play.nodes[one.node].facts.node) }
      guard let office, !office.isRevoked,
        let scope = try Certificate(der: office.certificate).office?.scope,
        scope.covers(DivisionCode(one.division)!)
      else { continue }
      #expect(counting.contains(one.title), "\(seed): \(one.title) of \(office.name) in \(one.division)")
    }
  }
}
