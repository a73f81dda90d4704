import Foundation
import Ledger
import TestSupport
import Testing

@testable import Trust

/// What we make is what the stock `openssl` command makes of it, and the other way round.
@Suite struct OpenSSLToolTests {
  private let zoo = ChainZoo.shared
  private let folder = ToolFolder()

  @Test func aChainVerifies() throws {
    try folder.write("ca.crt", try zoo.ca.certificate.pem)
    try folder.write("enroller.crt", try zoo.prefecture.pem)
    try folder.write("direct.crt", try zoo.directCounty.pem)
    try folder.write("delegated.crt", try zoo.delegatedCounty.pem)
    let verify = ["verify", "-x509_strict", "-attime", String(ChainZoo.now + 1), "-CAfile", "ca.crt"]
    for purpose in ["sslserver", "sslclient"] {
      #expect(try folder.openssl(verify + ["-purpose", purpose, "direct.crt"]).status == 0)
      let delegated = verify + ["-purpose", purpose, "-untrusted", "enroller.crt", "delegated.crt"]
      #expect(try folder.openssl(delegated).status == 0)
    }
    #expect(try folder.openssl(verify + ["delegated.crt"]).status != 0)
  }

  @Test func aCertificateIsReadable() throws {
    try folder.write("node.crt", try zoo.prefecture.pem)
    let text = try folder.openssl(["x509", "-in", "node.crt", "-noout", "-text", "-nameopt", "utf8"]).output
    for part in [
      "CN=拉萨市市场监管局", "OU=540100", "CA:TRUE, pathlen:0", "Digital Signature, Key Agreement, Certificate Sign",
      "TLS Web Server Authentication, TLS Web Client Authentication", Certificate.extensionOID,
    ] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func aKeyIsReadableBothWays() throws {
    try folder.write("node.key", try zoo.countyKey.pem)
    #expect(try folder.openssl(["pkey", "-in", "node.key", "-noout", "-check"]).status == 0)
    for algorithm in [["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]] {
      #expect(try folder.openssl(["genpkey"] + algorithm + ["-out", "theirs.key"]).status == 0)
    }
    let theirs = try NodeKey(pem: try folder.read("theirs.key"))
    #expect(theirs.publicKey.verify(try theirs.sign([1]), over: [1]))
    for (name, arguments) in [
      ("p384.key", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]),
      ("ed25519.key", ["-algorithm", "ED25519"]),
    ] {
      #expect(try folder.openssl(["genpkey"] + arguments + ["-out", name]).status == 0)
      #expect(throws: TrustError.badKey) { try NodeKey(pem: try folder.read(name)) }
    }
  }

  @Test func aSignatureVerifies() throws {
    let message = Array("一条记录".utf8)
    try folder.write("node.crt", try zoo.directCounty.pem)
    try folder.write("message", message)
    try folder.write("signature", try zoo.countyKey.sign(message).der)
    #expect(
      try folder.openssl(["x509", "-in", "node.crt", "-pubkey", "-noout", "-out", "node.pub"]).status == 0)
    let verify = ["dgst", "-sha256", "-verify", "node.pub", "-signature", "signature", "message"]
    #expect(try folder.openssl(verify).status == 0)
  }

  @Test func aRequestIsReadableBothWays() throws {
    let ours = try CertificateRequest(
      key: zoo.countyKey, officeName: "城关区", division: ChainZoo.code("540102"))
    try folder.write("ours.csr", ours.pem)
    let shown = try folder.openssl([
      "req", "-in", "ours.csr", "-noout", "-verify", "-subject", "-nameopt", "utf8",
    ])
    #expect(shown.status == 0 && shown.output.contains("城关区"))
    try folder.write("node.key", try zoo.countyKey.pem)
    let made = try folder.openssl([
      "req", "-new", "-key", "node.key", "-utf8", "-subj", "/CN=县局/OU=540102", "-out", "theirs.csr",
    ])
    #expect(made.status == 0)
    let theirs = try CertificateRequest(pem: try folder.read("theirs.csr"))
    #expect(theirs.officeName == "县局" && theirs.division == ChainZoo.code("540102"))
    #expect(theirs.publicKey == zoo.countyKey.publicKey)
  }

  @Test func anEnvelopeOpens() throws {
    let key = [UInt8](0..<32)
    try folder.write("sealed", try SealedEnvelope.seal(key, to: [zoo.prefecture, zoo.directCounty]))
    try folder.write("node.crt", try zoo.directCounty.pem)
    try folder.write("node.key", try zoo.countyKey.pem)
    let decrypt = [
      "cms", "-decrypt", "-binary", "-inform", "DER", "-in", "sealed", "-recip", "node.crt", "-inkey",
      "node.key",
      "-out", "opened",
    ]
    let opened = try folder.openssl(decrypt)
    #expect(opened.status == 0, "\(opened.output)")
    #expect(try folder.readBytes("opened") == key)
    let printed = try folder.openssl(["cms", "-cmsout", "-print", "-inform", "DER", "-in", "sealed"]).output
    for part in ["authEnvelopedData", "id-aes256-wrap", "dhSinglePass-stdDH-sha256kdf-scheme", "aes-256-gcm"]
    {
      #expect(printed.contains(part), "\(part)")
    }
  }

  /// EnvelopedData without authentication, as the tool makes it by default: a flipped bit would not show.
  @Test func anEnvelopeWithoutAuthenticationIsRefused() throws {
    try folder.write("node.crt", try zoo.directCounty.pem)
    try folder.write("key", [UInt8](0..<32))
    let made = try folder.openssl([
      "cms", "-encrypt", "-binary", "-aes-256-cbc", "-outform", "DER", "-in", "key", "-out", "plain",
      "node.crt",
    ])
    #expect(made.status == 0)
    let sealed = try folder.readBytes("plain")
    #expect(throws: TrustError.altered) {
      try SealedEnvelope.open(sealed, certificate: zoo.directCounty, key: zoo.countyKey)
    }
  }
}

/// A folder of its own in which the `openssl` command runs.
final class ToolFolder: Sendable {
  private let folder = TemporaryFolder()
  private var url: URL { URL(fileURLWithPath: folder.path) }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: url.appendingPathComponent(name))
  }
  func read(_ name: String) throws -> String { String(decoding: try readBytes(name), as: UTF8.self) }
  func readBytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: url.appendingPathComponent(name)))
  }

  func openssl(_ arguments: [String]) throws -> OpenSSLCommand.Result {
    try OpenSSLCommand.run(arguments, in: url)
  }
}
