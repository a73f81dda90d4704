import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Transport

/// What an independent TLS stack makes of the listener.
@Suite struct OpenSSLClientTests {
  private let zoo: TestCertificates

  init() throws {
    zoo = try TestCertificates.shared.get()
  }

  /// Runs `openssl s_client`; the listener greets and closes whoever gets through.
  private func client(
    _ arguments: [String], certificate: String?, offersJoining: Bool = false
  ) async throws -> (output: String, refusal: TransportError?) {
    let loopback = try await Loopback(.listener(zoo.identity(.region), offersJoining: offersJoining)) {
      try await $0.send(Frame(type: 65, payload: ByteBuffer(string: "welcome-in")))
      await $0.close()
    }
    var all = [
      "s_client", "-connect", "127.0.0.1:\(loopback.port)", "-CAfile", zoo.file("authority.pem").path,
    ]
    if let certificate {
      all += ["-cert", zoo.file("\(certificate).pem").path, "-key", zoo.file("\(certificate).key").path]
    }
    // Without -ign_eof it would leave at the end of its empty input, before the listener has judged it.
    let result = try await OpenSSLCommand.runAsync(all + ["-ign_eof"] + arguments)
    let refusal = result.output.contains("welcome-in") ? nil : await loopback.refusal()
    await loopback.stop()
    return (result.output, refusal)
  }

  private func alertSent(_ refusal: TransportError?) -> TLSAlert? {
    guard case .tls(let failure) = refusal else { return nil }
    return failure.alertSent
  }

  @Test func aValidCertificateGetsThrough() async throws {
    let (output, _) = try await client(["-alpn", "taizhang/1"], certificate: "county")
    #expect(output.contains("welcome-in"))
    #expect(output.contains("TLS_AES_128_GCM_SHA256"))
    #expect(output.contains("ALPN protocol: taizhang/1"))
    #expect(output.contains("Verify return code: 0 (ok)"))
  }

  @Test func noCertificateIsRefused() async throws {
    let (output, refusal) = try await client(["-alpn", "taizhang/1"], certificate: nil)
    #expect(output.contains("SSL alert number 116"), "\(output)")
    #expect(alertSent(refusal) == .certificateRequired)
  }

  @Test func anotherAuthoritysCertificateIsRefused() async throws {
    let (output, refusal) = try await client(["-alpn", "taizhang/1"], certificate: "stranger")
    #expect(output.contains("SSL alert number 48"), "\(output)")
    #expect(alertSent(refusal) == .unknownAuthority)
  }

  @Test(arguments: [["-tls1_2"], ["-tls1_2", "-alpn", "taizhang/1"]])
  func anOlderVersionIsRefused(arguments: [String]) async throws {
    let (output, refusal) = try await client(arguments, certificate: "county")
    #expect(output.contains("SSL alert number 70"), "\(output)")
    #expect(alertSent(refusal) == .protocolVersion)
  }

  @Test(arguments: [[], ["-alpn", "h2"], ["-alpn", "taizhang-join/1"], ["-alpn", "taizhang/2,http/1.1"]])
  func withoutOurProtocolNobodyGetsThrough(arguments: [String]) async throws {
    let (output, refusal) = try await client(arguments, certificate: "county")
    #expect(output.contains("SSL alert number 120"), "\(output)")
    #expect(alertSent(refusal) == .noApplicationProtocol)
  }

  @Test func whoJoinsNeedsNoCertificate() async throws {
    let (output, _) = try await client(["-alpn", "taizhang-join/1"], certificate: nil, offersJoining: true)
    #expect(output.contains("welcome-in"))
  }

  /// Through a HelloRetryRequest: the client's first key share is of a group that the listener does not take.
  @Test func aSecondHelloIsJudgedLikeTheFirst() async throws {
    let retry = ["-groups", "P-384:P-256"]
    let (good, _) = try await client(
      retry + ["-alpn", "taizhang/1"], certificate: "county", offersJoining: true)
    #expect(good.contains("welcome-in"))
    let (bad, refusal) = try await client(
      retry + ["-alpn", "taizhang/1"], certificate: nil, offersJoining: true)
    #expect(bad.contains("SSL alert number 116"), "\(bad)")
    #expect(alertSent(refusal) == .certificateRequired)
  }
}
