import Foundation
import Testing

/// The whole system, many times over, each time from one number: invariants 1 to 7 and 10 of the design.
///
/// `TAIZHANG_SEEDS=N` runs the first N seeds, `TAIZHANG_SEED=S` that one alone and tells what was done.
@Suite struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let steps = 120

  @Test func everyInvariantHoldsForEverySeed() async throws {
    let template = try Template()
    if let text = SimulationTests.environment["TAIZHANG_SEED"], let seed = UInt64(text) {
      let failure = run(seed, template, isTold: true)
      #expect(failure == nil, "\(failure ?? "")")
      return
    }
    let count = SimulationTests.environment["TAIZHANG_SEEDS"].flatMap { UInt64($0) } ?? 100
    let seeds = try SimulationTests.known() + Array(0..<count)
    // Each world is one thread's own, and several stand side by side. They are threads and not tasks: a world
    // never waits, and would keep the few threads of Swift's pool from every other test.
    let workers = ProcessInfo.processInfo.activeProcessorCount
    let failures = await withTaskGroup(of: [String].self) { group in
      for worker in 0..<workers {
        group.addTask {
          await withCheckedContinuation { done in
            Thread {
              let own = stride(from: worker, to: seeds.count, by: workers)
              done.resume(returning: own.compactMap { run(seeds[$0], template, isTold: false) })
            }.start()
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    for failure in failures { Issue.record("\(failure)") }
  }

  /// - Returns: what is wrong with a seed's world, and how to see it again.
  private func run(_ seed: UInt64, _ template: Template, isTold: Bool) -> String? {
    var text = "seed \(seed)"
    var complaints: [String] = []
    do {
      let world = try World(seed: seed, template: template)
      text += " (\(world.faults))"
      do {
        for _ in 0..<SimulationTests.steps { try world.step() }
        try world.heal()
        complaints = try world.complaints + judge(world)
      } catch {
        complaints = world.complaints + ["threw \(error)"]
      }
      if isTold { print(world.diary.joined(separator: "\n")) }
    } catch {
      complaints = ["threw \(error)"]
    }
    guard !complaints.isEmpty else { return nil }
    return """
      \(text):
      \(complaints.prefix(8).joined(separator: "\n"))
      TAIZHANG_SEED=\(seed) swift test --filter Simulation tells what was done.
      """
  }

  private func judge(_ world: World) throws -> [String] {
    try Convergence.complaints(world) + Durability.complaints(world, after: Durability.end)
      + NothingLost.complaints(world) + Causality.complaints(world) + AuthorityHeld.complaints(world)
      + Movers.complaints(world) + Tampering.complaints(world) + Confidentiality.complaints(world)
      + Repair.complaints(world)
  }

  /// `Seeds/known.txt`: a name, a blank, a number, a line each.
  private static func known() throws -> [UInt64] {
    let path = (#filePath as NSString).deletingLastPathComponent + "/Seeds/known.txt"
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { line in
      line.hasPrefix("#") ? nil : line.split(separator: " ").last.flatMap { UInt64($0) }
    }
  }
}
