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
/// - Returns: what `body` gave, and what the node told.
func serving<Result: Sendable>(
  _ node: LocalNode, _ body: (String) async throws -> Result
) async throws -> (Result, told: [String]) {
  let told = Told()
  let stop = StopSignal()
  let serving = Task { try await node.serve(on: "127.0.0.1:0", until: stop) { told.note($0) } }
  do {
    let result = try await body(await told.listening())
    stop.fire()
    try await serving.value
    return (result, told.all)
  } catch {
    stop.fire()
    try? await serving.value
    throw error
  }
}
