import Synchronization

@testable import Node

/// What a serving node has told.
private final class Told: Sendable {
  private let events = Mutex<[String]>([])
  private let address = AsyncStream.makeStream(of: String.self)
  var all: [String] { events.withLock { $0 } }

  func note(_ event: LocalNode.ServeEvent) {
    events.withLock { $0.append("\(event)") }
    if case .listening(let text) = event { address.continuation.yield(text) }
  }

  func listening() async -> String {
    for await text in address.stream { return text }
    return ""
  }
}

/// Has a node serve on a port of the loopback while `body` runs, which is given its address.
///
/// Both have threads of their own: a link has limits of time, and other tests may keep Swift's own few threads for longer.
///
/// - Returns: what `body` gave, and what the node told.
func serving<Result: Sendable>(
  _ node: LocalNode, _ body: (String) async throws -> Result
) async throws -> (Result, told: [String]) {
  let told = Told()
  let stop = StopSignal()
  let serving = Task(executorPreference: SessionThread()) {
    try await node.serve(on: "127.0.0.1:0", until: stop) { told.note($0) }
  }
  do {
    let address = await told.listening()
    let result = try await withTaskExecutorPreference(SessionThread()) { try await body(address) }
    stop.fire()
    try await serving.value
    return (result, told.all)
  } catch {
    stop.fire()
    try? await serving.value
    throw error
  }
}
