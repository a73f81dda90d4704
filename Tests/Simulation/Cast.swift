import Foundation
import Ledger
import Store
import Synchronization
import TestSupport
import Trust

@testable import Node

/// Who plays: a region, two computers of one office, and another office. The links that exist between them.
enum Cast {
  struct Role {
    let name: String
    let division: String
  }

  static let roles = [
    Role(name: "region", division: "540000"), Role(name: "lhasa", division: "540100"),
    Role(name: "lhasa2", division: "540100"), Role(name: "shigatse", division: "540200"),
    // Comes on when somebody copies lhasa's store: the same key in another place.
    Role(name: "twin", division: "540100"),
  ]
  static let original = 1
  static let twin = 4
  /// Indices of roles; the first dials.
  static let links = [(1, 0), (2, 0), (3, 0), (1, 2), (4, 0), (4, 2)]
  /// Where records are made; the region writes in both, shigatse in the second alone.
  static let divisions = ["540100", "540200"]
  /// Where lhasa's computers write too, unless they were narrowed.
  static let county = "540102"

  static func index(_ name: String) -> Int? { roles.firstIndex { $0.name == name } }

  /// What a role may write, said here anew: the checkers do not ask the certificates.
  static func mayWrite(_ role: Int, _ division: String) -> Bool {
    switch roles[role].name {
    case "region": true
    case "shigatse": division == "540200"
    default: division == "540100" || division == county
    }
  }

  /// What a role may read: what it may write, and the region's notices.
  static func mayRead(_ role: Int, _ space: Space) -> Bool {
    mayWrite(role, space.division.description)
      || space.section == .notices && space.division.description == "540000"
  }
}

/// The stores of an enrolled cast, made once and copied for each run: making keys is not what is simulated.
final class Template: Sendable {
  private let folder = TemporaryFolder()
  let paths: [String]

  init() throws {
    let folder = folder.path
    paths = Cast.roles[..<Cast.twin].map { folder + "/" + $0.name }
    let region = try LocalNode.create(
      folder: paths[0], division: "540000", name: "region", isRegion: true, surroundings: .system)
    for (path, role) in zip(paths, Cast.roles).dropFirst() {
      let office = try LocalNode.create(
        folder: path, division: role.division, name: role.name, isRegion: false, surroundings: .system)
      let token = try InvitationToken(
        text: region.invite(division: role.division, name: role.name, days: 7, only: false, mayEnrol: false)
          .token)
      let answer = try region.enrol(secret: token.secret, request: office.certificateRequest())
      let enroller = try region.identity.chain.map { try $0.pem }.joined()
      try office.accept(certificates: answer.chain + enroller + answer.authority, authority: token.authority)
    }
    for path in paths { try Template.certifyForEver(path, by: region) }
  }

  /// Clocks here are wrong by lifetimes, and what an expired certificate may do is tested elsewhere.
  private static func certifyForEver(_ path: String, by region: LocalNode) throws {
    let node = try LocalNode(opening: path)
    guard let root = region.identity.authority, let key = region.identity.authorityKey,
      let office = node.identity.chain.first?.office
    else { return }
    let certificate = try CertificateAuthority(certificate: root, key: key).issue(
      office, key: node.identity.key.publicKey, from: -1_500_000_000, to: 250_000_000_000,
      serial: node.surroundings.random(16))
    try node.accept(certificates: certificate.pem + root.pem, authority: nil)
    try region.store.write { commit in
      try commit.keep(OfficeRow(certificate, issuer: region.facts.node, under: root))
      try region.append(
        to: Space(division: region.facts.division, section: .notices), operatorName: "",
        statements: [.certificate(certificate.der)], in: commit)
    }
  }
}

/// The clock and the random source of one computer, both owned by the seed.
final class SimulatedSurroundings: Sendable {
  private struct State {
    var random: SeededRandom
    var now: Int64
  }
  private let state: Mutex<State>

  init(seed: UInt64, now: Int64) { state = Mutex(State(random: SeededRandom(seed: seed), now: now)) }

  /// The clock is set, by hand or by a flat battery.
  func jump(by milliseconds: Int64) { state.withLock { $0.now += milliseconds } }

  var surroundings: Surroundings {
    Surroundings(
      now: { [self] in
        state.withLock { state in
          state.now += Int64(state.random.next() % 1000)
          return state.now
        }
      },
      random: { [self] count in
        state.withLock { state in (0..<count).map { _ in UInt8(truncatingIfNeeded: state.random.next()) } }
      })
  }
}
