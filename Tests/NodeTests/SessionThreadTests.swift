import Dispatch
import Foundation
import Ledger
import Store
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Node

/// A store whose writer another process holds keeps sessions waiting, and nothing else.
@Suite struct SessionThreadTests {
  /// Another process's import: holds the store until it is let go.
  private final class LongImport: Sendable {
    private let end = DispatchSemaphore(value: 0)
    private let isOver = AsyncStream.makeStream(of: Void.self)

    /// Returns once it holds the store.
    func begin(_ store: Store) async {
      let begun = AsyncStream.makeStream(of: Void.self)
      DispatchQueue(label: "import").async { [end, isOver] in
        try? store.write { _ in
          begun.continuation.yield()
          end.wait()
        }
        isOver.continuation.yield()
      }
      for await _ in begun.stream { break }
    }

    func letGo() async {
      end.signal()
      for await _ in isOver.stream { break }
    }
  }

  /// Counts those that look at the clock, which is what a session does before it writes.
  private final class Clock: Sendable {
    private let looks = Mutex(0)
    private let news = AsyncStream.makeStream(of: Void.self)

    var surroundings: Surroundings {
      var surroundings = Surroundings.system
      surroundings.now = { [self] in
        looks.withLock { $0 += 1 }
        news.continuation.yield()
        return Surroundings.system.now()
      }
      return surroundings
    }

    func wait(for count: Int) async {
      var iterator = news.stream.makeAsyncIterator()
      while looks.withLock({ $0 }) < count { await iterator.next() }
    }

    func reset() { looks.withLock { $0 = 0 } }
  }

  /// Were they kept waiting for each other, those that hold the store up would be told after a writer's patience that it is busy.
  @Test func sessionsThatWaitForTheStoreStopNothingElse() async throws {
    let clock = Clock()
    let offices = try TestOffices()
    let region = try LocalNode(opening: offices.region.store.folder, surroundings: clock.surroundings)
    // More than cores, and so than there are threads to hold up.
    let count = ProcessInfo.processInfo.activeProcessorCount + 2
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let elsewhere = try Store(opening: region.store.folder)
    let long = LongImport()
    let (_, told) = try await serving(region) { address in
      await long.begin(elsewhere)
      clock.reset()
      var connections: [Connection] = []
      for _ in 0..<count { connections.append(try await lhasa.dial(address)) }
      // All have looked at the clock three times and wait for the store, though there are fewer cores.
      await clock.wait(for: 3 * count)
      await long.letGo()
      for connection in connections { await connection.close() }
    }
    #expect(!told.contains { $0.contains("busy") }, "\(told)")
  }
}
