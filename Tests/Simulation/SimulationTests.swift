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
      return try run(seed, template, isTold: true)
    }
    let count = SimulationTests.environment["TAIZHANG_SEEDS"].flatMap { UInt64($0) } ?? 100
    let seeds = try SimulationTests.known() + Array(0..<count)
    // Each world is one thread's own; several stand side by side.
    let workers = ProcessInfo.processInfo.activeProcessorCount
    try await withThrowingTaskGroup { group in
      for worker in 0..<workers {
        group.addTask {
          for index in stride(from: worker, to: seeds.count, by: workers) {
            try run(seeds[index], template, isTold: false)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func run(_ seed: UInt64, _ template: Template, isTold: Bool) throws {
    let world = try World(seed: seed, template: template)
    var complaints: [String] = []
    do {
      for _ in 0..<SimulationTests.steps { try world.step() }
      try world.heal()
      complaints = try world.complaints + judge(world)
    } catch {
      complaints = world.complaints + ["threw \(error)"]
    }
    if isTold { print(world.diary.joined(separator: "\n")) }
    #expect(
      complaints.isEmpty,
      """
      seed \(seed) (\(world.faults)):
      \(complaints.prefix(8).joined(separator: "\n"))
      TAIZHANG_SEED=\(seed) swift test --filter Simulation tells what was done.
      """)
  }

  private func judge(_ world: World) throws -> [String] {
    try Convergence.complaints(world) + Durability.complaints(world, after: Durability.end)
      + NothingLost.complaints(world) + Causality.complaints(world) + AuthorityHeld.complaints(world)
      + Tampering.complaints(world) + Confidentiality.complaints(world)
  }

  /// `Seeds/known.txt`: a name, a blank, a number, a line each.
  private static func known() throws -> [UInt64] {
    let path = (#filePath as NSString).deletingLastPathComponent + "/Seeds/known.txt"
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { line in
      line.hasPrefix("#") ? nil : line.split(separator: " ").last.flatMap { UInt64($0) }
    }
  }
}
