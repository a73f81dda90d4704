import Ledger

@testable import Trust

/// Named keys and certificates, made once: the region's CA, a prefecture that may enrol, a county below it,
/// and strangers. `odd` signs what `CertificateAuthority` refuses to.
struct ChainZoo: Sendable {
  static let shared: ChainZoo = {
    do { return try ChainZoo() } catch { fatalError("the zoo cannot be made: \(error)") }
  }()

  static let now: Int64 = 1_750_000_000
  static let year: Int64 = 365 * 86_400

  let caKey: NodeKey
  let ca: CertificateAuthority
  let strangeCA: CertificateAuthority
  let regionKey: NodeKey
  let region: Certificate
  let prefectureKey: NodeKey
  let prefecture: Certificate
  let countyKey: NodeKey
  /// Certified by the region, and the same office certified by the prefecture.
  let directCounty: Certificate
  let delegatedCounty: Certificate
  let otherKey: NodeKey

  static let regionScope = ChainZoo.scope("540000", ["540000", "540100", "540102", "540200"], [])
  static let prefectureScope = ChainZoo.scope("540100", ["540100", "540102"], ["540000"])
  static let countyScope = ChainZoo.scope("540102", ["540102"], ["540100", "540000"])
  /// In another prefecture.
  static let foreignScope = ChainZoo.scope("540200", ["540200"], ["540000"])

  static let countyOffice = Office(name: "城关区市场监管局", id: "c0ffee", scope: countyScope, rights: [])

  init() throws {
    caKey = try NodeKey.generate()
    regionKey = try NodeKey.generate()
    prefectureKey = try NodeKey.generate()
    countyKey = try NodeKey.generate()
    otherKey = try NodeKey.generate()
    ca = try CertificateAuthority.make(
      name: "西藏自治区 CA", key: caKey, now: ChainZoo.now, serial: ChainZoo.serial(1))
    strangeCA = try CertificateAuthority.make(
      name: "西藏自治区 CA", key: try NodeKey.generate(), now: ChainZoo.now, serial: ChainZoo.serial(2))
    region = try ca.issue(
      Office(name: "西藏自治区", id: "r", scope: ChainZoo.regionScope, rights: .all), key: regionKey.publicKey,
      from: ChainZoo.now, to: ChainZoo.now + ChainZoo.year, serial: ChainZoo.serial(3))
    prefecture = try ca.issue(
      Office(name: "拉萨市市场监管局", id: "p", scope: ChainZoo.prefectureScope, rights: .enrol),
      key: prefectureKey.publicKey, from: ChainZoo.now, to: ChainZoo.now + ChainZoo.year,
      serial: ChainZoo.serial(4))
    directCounty = try ca.issue(
      ChainZoo.countyOffice, key: countyKey.publicKey, from: ChainZoo.now, to: ChainZoo.now + ChainZoo.year,
      serial: ChainZoo.serial(5))
    delegatedCounty = try CertificateAuthority(certificate: prefecture, key: prefectureKey).issue(
      ChainZoo.countyOffice, key: countyKey.publicKey, from: ChainZoo.now, to: ChainZoo.now + ChainZoo.year,
      serial: ChainZoo.serial(6))
  }

  /// A certificate that no rule was asked about.
  static func odd(
    _ office: Office?, key: PublicKey, by issuer: Certificate, _ issuerKey: NodeKey, pathLength: Int? = nil
  ) throws -> Certificate {
    try CertificateTemplate(
      subject: office?.name ?? "下级 CA", key: key, from: now, to: now + year, serial: serial(99),
      pathLength: pathLength, office: office
    ).sign(by: issuer, key: issuerKey)
  }

  static func serial(_ seed: UInt8) -> [UInt8] { [UInt8](repeating: seed, count: 16) }

  static func code(_ text: String) -> DivisionCode {
    guard let code = DivisionCode(text) else { fatalError("no division code: \(text)") }
    return code
  }

  static func scope(_ division: String, _ covered: [String], _ ancestors: [String]) -> Scope {
    Scope(division: code(division), covered: covered.map(code), ancestors: ancestors.map(code))
  }
}
