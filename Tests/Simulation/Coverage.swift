/// How often worlds came to what they are there for. Where one of these comes too seldom over the seeds that everybody
/// runs, something is simulated no more.
struct Coverage: CustomStringConvertible {
  enum Occurrence: CaseIterable {
    case editInConflict, frameCut, stickApplied, crash, copy, loss, setBack, clockSet, forkedLog
    case erasure, move, revocation, revokedWriteUncounted, narrowing, narrowedWriteUncounted,
      rogueFrameRefused

    /// What `SimulationTests.defaultCount` seeds come to at the least: some third of what they do.
    var floor: Int {
      switch self {
      case .editInConflict: 5
      case .frameCut: 12
      case .stickApplied: 20
      case .crash: 200
      case .copy: 13
      case .loss: 5
      case .setBack: 4
      case .clockSet: 42
      case .forkedLog: 2
      case .erasure: 2
      case .move: 16
      case .revocation: 27
      case .revokedWriteUncounted: 15
      case .narrowing: 5
      case .narrowedWriteUncounted: 3
      case .rogueFrameRefused: 4
      }
    }
  }

  private(set) var counts: [Occurrence: Int] = [:]

  var description: String {
    Occurrence.allCases.map { "\($0) \(counts[$0] ?? 0)" }.joined(separator: ", ")
  }

  mutating func note(_ occurrence: Occurrence, times: Int = 1) { counts[occurrence, default: 0] += times }

  static func + (one: Coverage, other: Coverage) -> Coverage {
    var sum = one
    sum.counts.merge(other.counts, uniquingKeysWith: +)
    return sum
  }
}
