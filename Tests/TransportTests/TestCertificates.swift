import Foundation
import Synchronization
import TestSupport
import Transport

/// A zoo of named keys and chains, made once by the `openssl` command.
struct TestCertificates: Sendable {
  enum Name: String, CaseIterable {
    case region, county, prefecture, village, stranger, joiner
  }

  /// Where the files are, for `openssl s_client`; it goes with the last suite that holds this.
  private let place: TemporaryFolder
  private var folder: URL { URL(fileURLWithPath: place.path) }

  /// Held by the tests that run, made anew for those that come when nobody holds it.
  private final class Shelf: Sendable {
    private struct Entry {
      weak var place: TemporaryFolder?
    }

    private let entry = Mutex(Entry())

    func certificates() throws -> TestCertificates {
      try entry.withLock { entry in
        if let place = entry.place { return TestCertificates(place: place) }
        let made = try TestCertificates()
        entry.place = made.place
        return made
      }
    }
  }

  private static let shelf = Shelf()
  static var shared: Result<TestCertificates, any Error> { Result { try shelf.certificates() } }

  private init(place: TemporaryFolder) { self.place = place }

  private init() throws {
    place = TemporaryFolder()
    try Data("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature,keyCertSign\n".utf8)
      .write(to: file("enroller.ext"))
    try makeRoot("authority")
    try makeRoot("other-authority")
    try makeRoot("joiner")
    try sign("region", by: "authority")
    try sign("county", by: "authority")
    try sign("prefecture", by: "authority", extensions: "enroller.ext")
    try sign("village", by: "prefecture")
    try sign("stranger", by: "other-authority")
  }

  func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

  func text(_ name: String) throws -> String { try String(contentsOf: file(name), encoding: .utf8) }

  func identity(_ name: Name) throws -> TLSIdentity {
    var chain = try text("\(name.rawValue).pem")
    if name == .village { chain += try text("prefecture.pem") }
    return TLSIdentity(
      certificateChainPEM: chain, privateKeyPEM: try text("\(name.rawValue).key"),
      authorityPEM: try text("authority.pem"))
  }

  func fingerprint(_ name: String) throws -> [UInt8] {
    let line = try OpenSSLCommand.run([
      "x509", "-in", file("\(name).pem").path, "-noout", "-fingerprint", "-sha256",
    ]).output
    let hex = line.split(separator: "=").last ?? ""
    return hex.split(separator: ":").compactMap { UInt8($0.prefix(2), radix: 16) }
  }

  func der(_ name: String) throws -> [UInt8] {
    _ = try OpenSSLCommand.run([
      "x509", "-in", file("\(name).pem").path, "-outform", "DER", "-out", file("\(name).der").path,
    ])
    return [UInt8](try Data(contentsOf: file("\(name).der")))
  }

  private func makeRoot(_ name: String) throws {
    try makeKey(name)
    try openssl([
      "req", "-x509", "-new", "-key", file("\(name).key").path, "-subj", "/CN=\(name)", "-days", "30",
      "-out", file("\(name).pem").path,
    ])
  }

  private func sign(_ name: String, by issuer: String, extensions: String? = nil) throws {
    try makeKey(name)
    try openssl([
      "req", "-new", "-key", file("\(name).key").path, "-subj", "/CN=\(name)", "-out",
      file("\(name).csr").path,
    ])
    try openssl(
      [
        "x509", "-req", "-in", file("\(name).csr").path, "-CA", file("\(issuer).pem").path,
        "-CAkey", file("\(issuer).key").path, "-set_serial", "7", "-days", "30",
        "-out", file("\(name).pem").path,
      ] + (extensions.map { ["-extfile", file($0).path] } ?? []))
  }

  private func makeKey(_ name: String) throws {
    try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file("\(name).key").path])
  }

  private func openssl(_ arguments: [String]) throws {
    let result = try OpenSSLCommand.run(arguments)
    guard result.status == 0 else { throw CommandFailed(arguments: arguments, output: result.output) }
  }

  struct CommandFailed: Error {
    var arguments: [String]
    var output: String
  }
}
