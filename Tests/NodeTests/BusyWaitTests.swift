import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Node
@testable import Store

/// How long what another process holds is waited for, and who is told.
@Suite struct BusyWaitTests {
  private final class Waiting: Sendable {
    private let state = Mutex((slept: 0, toldAt: [Int]()))
    var slept: Int { state.withLock { $0.slept } }
    var toldAt: [Int] { state.withLock { $0.toldAt } }

    var wait: BusyWait {
      BusyWait { [self] time in
        state.withLock { $0.slept += time }
      } told: { [self] in
        state.withLock { $0.toldAt.append($0.slept) }
      }
    }
  }

  @Test func itWaitsAsLongAsAWriterIsPatientAndSaysSoOnce() {
    let waiting = Waiting()
    let wait = waiting.wait
    for round in 1...2 {
      var tries = 0
      while wait.waits(tries: tries) { tries += 1 }
      #expect(waiting.slept == round * Int(Store.busyTimeout * 1000))
      #expect(tries > 100 && !wait.waits(tries: tries + 1))
    }
    #expect(waiting.toldAt.count == 1 && (2000...2100).contains(waiting.toldAt[0]), "\(waiting.toldAt)")
  }

  @Test func whatIsOverSoonIsNotSaid() {
    let waiting = Waiting()
    let wait = waiting.wait
    for tries in 0..<20 { #expect(wait.waits(tries: tries)) }
    #expect(waiting.slept < 2000 && waiting.toldAt.isEmpty)
    wait.skipping { #expect(!wait.waits(tries: 0)) }
    #expect(wait.waits(tries: 0))
  }

  /// A store whose writer another connection holds until that is told.
  @Test func aStoreThatIsWaitedForIsSaid() async throws {
    let (offices, office) = try TestOffices.withCapital()
    defer { withExtendedLifetime(offices) {} }
    try await withTaskExecutorPreference(SessionThread()) { try waitFor(office) }
    #expect(try office.ids(titled: "等到了").count == 1)
  }

  private func waitFor(_ office: LocalNode) throws {
    let (held, said) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let holder = Thread { [store = office.store] in
      try? store.write { _ in
        held.signal()
        said.wait()
      }
    }
    holder.start()
    held.wait()
    var surroundings = Surroundings.system
    surroundings.whileBusy = { said.signal() }
    let other = try LocalNode(opening: office.store.folder, surroundings: surroundings)
    try other.addTraining("等到了")
  }
}
