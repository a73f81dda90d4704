import Campaign
import Foundation
import Ledger
import Store
import Testing
import Trust

@testable import Node

/// What an office is follows from what is held, whoever heard of what first.
@Suite struct FormerCertificateTests {
  private func records(_ node: LocalNode) throws -> Int { try node.store.read { try $0.recordCount() } }

  /// Invariants 1 and 5: an enroller renewed an office's certificate and was revoked without that being honoured. Who
  /// has heard of the renewal goes on by the certificate that it was to renew, like who has not.
  @Test func aRenewalThatDoesNotCountLeavesTheFormerCertificate() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let enroller = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let county = try offices.enrolled("540121", "林周县局", by: enroller)
    let witness = try offices.enrolled("540121", "林周县局二号", by: enroller)
    try county.addTraining("一")
    _ = try await sync(county, enroller)
    _ = try await sync(enroller, region)
    let renewed = try offices.join(county, by: enroller)
    #expect(renewed.identity.chain != county.identity.chain)
    _ = try await sync(witness, enroller)
    #expect(try records(witness) == 1)
    _ = try region.revoke("拉萨市局", reason: "遗失")
    _ = try await sync(witness, region)
    for node in [witness, region] {
      #expect(try records(node) == 1, "\(node.facts.name)")
      #expect(try node.store.read { try $0.office(county.facts.node)?.isRevoked } == false)
      #expect(
        try node.store.read { try $0.office(county.facts.node)?.certificate }
          == county.identity.chain.first?.der)
      #expect(try node.verify().problems.isEmpty)
    }
    #expect(try witness.fingerprint(of: "540121") == region.fingerprint(of: "540121"))
  }

  /// Nobody takes an office's place from it by certifying its key anew, for less.
  @Test(arguments: [true, false])
  func anEnrollerTakesNoPlaceFromWhoStandsAbove(laterFirst: Bool) throws {
    let offices = try TestOffices()
    let enroller = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let own = try #require(enroller.identity.chain.first)
    let region = try #require(offices.region.identity.chain.first)
    let lesser = try CertificateAuthority(certificate: own, key: enroller.identity.key).issue(
      Office(name: "冒名", id: "9", scope: own.office!.scope, rights: []), key: region.publicKey, from: 0,
      to: region.notAfter + 1000, serial: enroller.surroundings.random(16))
    let root = offices.region.identity.authority
    let rows = [
      try OfficeRow(region, issuer: nil, under: root),
      try OfficeRow(lesser, issuer: enroller.facts.node, under: root),
    ]
    let witness = try offices.office("540100", "见证")
    try witness.store.write { commit in
      for row in laterFirst ? rows.reversed() : rows { _ = try commit.keep(row) }
    }
    #expect(try witness.store.read { try $0.office(region.nodeID)?.certificate } == region.der)
  }

  /// A revocation cuts where nobody had to sign. Its word for that head stands in for the author's, and the honoured
  /// part reaches who comes later by whoever holds it.
  @Test func whatIsHonouredTravelsWithoutASignatureAtItsEnd() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let relay = try offices.enrolled("540100", "拉萨市局")
    let stolen = try offices.enrolled("540100", "拉萨市局二号")
    let late = try offices.enrolled("540100", "拉萨市局三号")
    // Nothing comes in between its changes later, which would end a batch there.
    _ = try await sync(stolen, region)
    let id = try stolen.addTraining("一")
    _ = try await sync(stolen, region)
    for number in 2...4 { try stolen.addTraining("第\(number)场") }
    // In one batch, signed at its end alone.
    _ = try await sync(relay, stolen)
    #expect(try records(relay) == 4)
    _ = try region.revoke("拉萨市局二号", reason: "遗失")
    _ = try await sync(relay, region)
    #expect(try records(relay) == 1)
    let (own, _) = try await sync(late, relay)
    #expect(own.refused == 0 && own.converged)
    #expect(try late.field(id, "title") == .single(.text("一")))
    #expect(try late.store.read { try $0.quarantine() }.isEmpty)
    for node in [relay, late] {
      #expect(try node.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
      let problems = try node.verify().problems
      #expect(problems.isEmpty, "\(node.facts.name): \(problems)")
    }
  }

  /// The part before a head that nobody honours needs the author's signature as ever.
  @Test func anEndThatNobodyNamesNeedsASignature() throws {
    let key = try NodeKey.generate()
    let space = Space(division: DivisionCode("540100")!, section: .records)
    let log = LogID(node: key.nodeID, space: space, epoch: 1)
    var head = LogHead(emptyLog: log)
    var batch = Batch(log: log, startN: 0, startHash: .zero, bodies: [], signatures: [])
    var named: [ChangeRef] = []
    for _ in 0..<3 {
      batch.bodies.append(
        try head.append(
          ChangeContent(time: 1), seed: [UInt8](repeating: 7, count: 16), sign: { try key.sign($0) }
        ).change.body)
      named.append(head.ref)
    }
    struct Naming: HeadVerifier {
      let named: ChangeRef
      func verify(_ head: LogHead, signature: Signature) -> BatchFault? { nil }
      func vouches(for head: LogHead) -> Bool { head.ref == named }
    }
    let start = LogHead(emptyLog: log)
    for (index, ref) in named.enumerated() {
      // What lies beyond the head that is named is set aside.
      let (verified, fault) = VerifiedBatch.check(batch, from: start, verifier: Naming(named: ref))
      #expect(verified?.end.n == UInt64(index + 1))
      #expect(fault == (index == 2 ? nil : .unsigned(n: 3)))
    }
    let nobody = ChangeRef(log: log, n: 1, hashPrefix: named[0].hashPrefix ^ 1)
    let unnamed = VerifiedBatch.check(batch, from: start, verifier: Naming(named: nobody))
    #expect(unnamed.verified == nil && unnamed.fault == .unsigned(n: 3))
    // So it is where the sender, who has not heard of the revocation, sends a signed change beyond.
    struct Revoking: HeadVerifier {
      let named: ChangeRef
      func verify(_ head: LogHead, signature: Signature) -> BatchFault? { .revoked }
      func vouches(for head: LogHead) -> Bool { head.ref == named }
    }
    batch.signatures = [Batch.HeadSignature(n: 3, signature: try key.sign(head.signedBytes))]
    let cut = VerifiedBatch.check(batch, from: start, verifier: Revoking(named: named[1]))
    #expect(cut.verified?.end.n == 2 && cut.fault == .revoked)
  }
}
