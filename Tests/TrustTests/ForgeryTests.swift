import Ledger
import Testing

@testable import Trust

/// What a compromised enroller or a stranger would try, beyond a single broken rule.
@Suite struct ForgeryTests {
  private let zoo = ChainZoo.shared

  /// The leaf's own extension says one office; a chain that was swapped in from another may not lend it trust.
  @Test func certificatesOfTwoChainsDoNotMix() throws {
    let strangePrefecture = try zoo.strangeCA.issue(
      Office(name: "拉萨市市场监管局", id: "p", scope: ChainZoo.prefectureScope, rights: .enrol),
      key: zoo.otherKey.publicKey, from: ChainZoo.now, to: ChainZoo.now + ChainZoo.year,
      serial: ChainZoo.serial(4))
    let leaf = try CertificateAuthority(certificate: strangePrefecture, key: zoo.otherKey).issue(
      ChainZoo.countyOffice, key: zoo.countyKey.publicKey, from: ChainZoo.now, to: ChainZoo.now + 1,
      serial: ChainZoo.serial(5))
    let verifier = try ChainVerifier(root: zoo.ca.certificate)
    for others in [[zoo.prefecture], [strangePrefecture], [strangePrefecture, zoo.strangeCA.certificate]] {
      #expect(throws: TrustError.self) { try verifier.verify(PresentedChain([leaf] + others)) }
    }
    // The genuine chain is still found among the forged certificates.
    let mixed = PresentedChain([
      zoo.delegatedCounty, strangePrefecture, zoo.strangeCA.certificate, zoo.prefecture,
    ])
    #expect(try verifier.verify(mixed).issuer == zoo.prefecture)
  }

  @Test func anExtensionThatCannotBeReadIsNotTakenForNone() throws {
    // The first byte is the version; a later one must not pass for the regional CA, which has no office.
    var der = zoo.region.der
    let encoded = try #require(zoo.region.office).encoded
    let start = try #require(der.indices.first { der[$0...].starts(with: encoded) })
    der[start] = 2
    #expect(throws: TrustError.badCertificate) { try Certificate(der: der) }
  }

  @Test func oneVerifierServesManyThreads() async throws {
    let verifier = try ChainVerifier(root: zoo.ca.certificate)
    let good = PresentedChain([zoo.delegatedCounty, zoo.prefecture])
    let bad = PresentedChain([zoo.delegatedCounty])
    let wrong = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          (0..<50).count { _ in
            (try? verifier.verify(good)) == nil || (try? verifier.verify(bad)) != nil
          }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }
}
