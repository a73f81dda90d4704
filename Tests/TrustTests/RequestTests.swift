import Ledger
import Testing

@testable import Trust

@Suite struct RequestTests {
  private let key = ChainZoo.shared.otherKey

  @Test func aRequestMakesTheRoundTrip() throws {
    let request = try CertificateRequest(key: key, officeName: "墨竹工卡县", division: ChainZoo.code("540127"))
    #expect(request.pem.hasPrefix("-----BEGIN CERTIFICATE REQUEST-----"))
    let read = try CertificateRequest(pem: request.pem)
    #expect(read.publicKey == key.publicKey)
    #expect(read.officeName == "墨竹工卡县" && read.division == ChainZoo.code("540127"))
  }

  @Test func aRequestAlteredAnywhereIsRefused() throws {
    let pem = try CertificateRequest(key: key, officeName: "墨竹工卡县", division: ChainZoo.code("540127")).pem
    let lines = pem.split(separator: "\n").map(String.init)
    for line in 1..<lines.count - 1 {
      for column in 0..<lines[line].utf8.count {
        var altered = lines.map { Array($0.utf8) }
        guard altered[line][column] != UInt8(ascii: "=") else { continue }
        altered[line][column] =
          altered[line][column] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let text = altered.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n") + "\n"
        // Base 64 has bits at its end that say nothing: the same request then, to the letter.
        if let read = try? CertificateRequest(pem: text) {
          #expect(read.officeName == "墨竹工卡县" && line == lines.count - 2, "line \(line), column \(column)")
        }
      }
    }
  }

  @Test func whatIsNoRequestIsRefused() throws {
    #expect(throws: TrustError.badRequest) { try CertificateRequest(pem: "") }
    #expect(throws: TrustError.badRequest) { try CertificateRequest(pem: try ChainZoo.shared.region.pem) }
  }
}
