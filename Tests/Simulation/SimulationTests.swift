import Foundation
import Testing

/// The whole system, many times over, each time from one number: invariants 1 to 7 and 10 of the design.
///
/// `TAIZHANG_SEEDS=N` runs the first N seeds, `TAIZHANG_SEED=S` that one alone and tells what was done.
@Suite struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let steps = 120
  private static let defaultCount: UInt64 = 100

  @Test func everyInvariantHoldsForEverySeed() async throws {
    let template = try Template()
    if let text = SimulationTests.environment["TAIZHANG_SEED"], let seed = UInt64(text) {
      let outcome = run(seed, template, isTold: true)
      #expect(outcome.failure == nil, "\(outcome.failure ?? "")")
      return
    }
    let count = SimulationTests.environment["TAIZHANG_SEEDS"].flatMap { UInt64($0) }
    let outcomes = await run(
      try SimulationTests.known() + Array(0..<(count ?? SimulationTests.defaultCount)), template)
    for failure in outcomes.compactMap(\.failure) { Issue.record("\(failure)") }
    let coverage = outcomes.map(\.coverage).reduce(Coverage(), +)
    if count != nil { print(coverage) }
    guard count ?? .max >= SimulationTests.defaultCount else { return }
    for occurrence in Coverage.Occurrence.allCases {
      let times = coverage.counts[occurrence] ?? 0
      #expect(times >= occurrence.floor, "\(occurrence) came \(times) times")
    }
  }

  /// What came of one seed's world: what is wrong with it and how to see it again, and what it came to.
  private struct Outcome: Sendable {
    let failure: String?
    let coverage: Coverage
  }

  /// Each world is one thread's own, and several stand side by side. They are threads and not tasks: a world never waits,
  /// and would keep the few threads of Swift's pool from every other test.
  private func run(_ seeds: [UInt64], _ template: Template) async -> [Outcome] {
    let workers = ProcessInfo.processInfo.activeProcessorCount
    return await withTaskGroup(of: [Outcome].self) { group in
      for worker in 0..<workers {
        group.addTask {
          await withCheckedContinuation { done in
            Thread {
              let own = stride(from: worker, to: seeds.count, by: workers)
              done.resume(returning: own.map { run(seeds[$0], template, isTold: false) })
            }.start()
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
  }

  private func run(_ seed: UInt64, _ template: Template, isTold: Bool) -> Outcome {
    var text = "seed \(seed)"
    var complaints: [String] = []
    var coverage = Coverage()
    do {
      let world = try World(seed: seed, template: template)
      text += " (\(world.faults))"
      do {
        for _ in 0..<SimulationTests.steps { try world.step() }
        try world.heal()
        let found = try judge(world)
        complaints = world.complaints + found
      } catch {
        complaints = world.complaints + ["threw \(error)"]
      }
      coverage = world.coverage
      if isTold { print(world.diary.joined(separator: "\n")) }
    } catch {
      complaints = ["threw \(error)"]
    }
    guard !complaints.isEmpty else { return Outcome(failure: nil, coverage: coverage) }
    let failure = """
      \(text):
      \(complaints.prefix(8).joined(separator: "\n"))
      TAIZHANG_SEED=\(seed) swift test --filter Simulation tells what was done.
      """
    return Outcome(failure: failure, coverage: coverage)
  }

  private func judge(_ world: World) throws -> [String] {
    try Convergence.complaints(world) + Durability.complaints(world, after: Durability.end)
      + NothingLost.complaints(world) + Causality.complaints(world) + AuthorityHeld.complaints(world)
      + SetAside.complaints(world) + Movers.complaints(world) + Intact.complaints(world)
      + Confidentiality.complaints(world) + Repair.complaints(world)
  }

  /// `Seeds/known.txt`: a name, a blank, a number, a line each.
  private static func known() throws -> [UInt64] {
    let path = (#filePath as NSString).deletingLastPathComponent + "/Seeds/known.txt"
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { line in
      line.hasPrefix("#") ? nil : line.split(separator: " ").last.flatMap { UInt64($0) }
    }
  }
}
