import Foundation
import Testing

@testable import Node

/// A host that takes the connection and never says a word: whoever watches it ends when that is wanted.
@Suite struct StoppedDialTests {
  /// A port of the loopback on which connections are taken and nothing is said.
  private struct Mute: Sendable {
    let socket: Int32
    let port: UInt16

    init() throws {
      socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = inet_addr("127.0.0.1")
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let descriptor = socket
      let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
      }
      try #require(isBound && listen(socket, 4) == 0 && fcntl(socket, F_SETFL, O_NONBLOCK) == 0)
      port = UInt16(bigEndian: address.sin_port)
    }

    /// Waits for somebody to call; no thread of the pool is held meanwhile.
    func accept() async throws -> Int32 {
      while true {
        let call = Foundation.accept(socket, nil, nil)
        guard call < 0 else { return call }
        try await Task.sleep(for: .milliseconds(5))
      }
    }

    /// Whether who called still waits for an answer.
    static func isOpen(_ call: Int32) -> Bool {
      var bytes = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = recv(call, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        if count == 0 { return false }
        if count < 0 { return errno == EAGAIN }
      }
    }
  }

  /// The dialling itself has a time of its own and goes on: the watch does not wait for its end.
  @Test(.timeLimit(.minutes(10))) func aWatchEndsThoughAPeerDoesNotAnswer() async throws {
    let mute = try Mute()
    defer { close(mute.socket) }
    let (offices, lhasa) = try TestOffices.withCapital()
    defer { withExtendedLifetime(offices) {} }
    let stop = StopSignal()
    async let watching: Void = lhasa.watch(
      [(label: "哑", address: "127.0.0.1:\(mute.port)")], until: stop
    ) { Issue.record("\($0)") }
    let call = try await mute.accept()
    defer { close(call) }
    stop.fire()
    try await watching
    #expect(Mute.isOpen(call))
  }
}
