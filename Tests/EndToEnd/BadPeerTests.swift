import Foundation
import TestSupport
import Testing

/// Peers, tokens and links that fail: each has its code, and what was acknowledged is not sent again.
@Suite(.serialized, .offPool) struct BadPeerTests {
  @Test func aLinkLostMidwayLosesNothingAndResumes() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    // Several frames: what is before the cut is acknowledged frame by frame.
    #expect(
      try Program.run(
        "import", try place.ledger("a.csv", rows: 5_000, noise: true), "--store", place["office"]
      ).exitCode
        == 0)
    let whole = try Program.run("status", "--store", place["office"]).object["changes"] as? Int ?? 0
    let proxy = try CuttingProxy(to: address, cutAfter: 1_000_000)
    let cut = try Program.run("sync", proxy.address, "--store", place["office"])
    proxy.close()
    #expect(cut.exitCode == 69, "\(cut.err)")
    #expect(cut.errorCode == "link-lost", "\(cut.err)")
    #expect((cut.object["error"] as? [String: Any])?["code"] as? String == "link-lost")
    // The region has dealt with what came before the cut once it tells of the session.
    #expect(server.line { $0["event"] as? String == "session" && $0["error"] is [String: Any] } != nil)
    #expect(try Program.run("verify", "--store", place["region"]).exitCode == 0)
    let held = try Program.run("status", "--store", place["region"]).object["records"] as? Int ?? 0
    #expect(held > 0 && held < 5_000, "\(held)")
    let again = try Program.run("sync", address, "--store", place["office"])
    #expect(again.exitCode == 0, "\(again.err)")
    let sent = again.object["sent"] as? Int ?? .max
    #expect(sent > 0 && sent < whole, "sent \(sent) of \(whole)")
    #expect(again.object["converged"] as? Bool == true)
    #expect(try Program.run("status", "--store", place["region"]).object["records"] as? Int == 5_000)
    server.kill(SIGTERM)
    #expect(server.finish().exitCode == 0)
  }

  @Test func nobodyAnswersAndAWrongPortAreUnreachable() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    server.kill(SIGTERM)
    _ = server.finish()
    let gone = try Program.run("sync", address, "--store", place["office"])
    #expect(gone.exitCode == 69 && gone.errorCode == "unreachable", "\(gone.err)")
    #expect(gone.err.contains("nobody listens") || gone.err.contains("没有程序在监听"), "\(gone.err)")
    let unnamed = try Program.run("sync", "no.such.host.invalid:7400", "--store", place["office"])
    #expect(unnamed.exitCode == 69 && unnamed.errorCode == "unreachable", "\(unnamed.err)")
    for wrong in ["127.0.0.1", "127.0.0.1:port", "127.0.0.1:99999"] {
      let result = try Program.run("sync", wrong, "--store", place["office"])
      #expect(result.exitCode == 66 && result.errorCode == "no-peer", "\(wrong): \(result.err)")
    }
  }

  @Test func aPeerOfAnotherRegionIsNotTrustedByEitherSide() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try Program.run("init", "--division", "540000", "--name", "另一区", "--region", "--store", place["other"])
    let asDialler = try Program.run("sync", address, "--store", place["other"])
    #expect(asDialler.exitCode == 77 && asDialler.errorCode == "untrusted", "\(asDialler.err)")
    let (otherServer, other) = try place.serve("other")
    let asListener = try Program.run("sync", other, "--store", place["office"])
    #expect(asListener.exitCode == 77 && asListener.errorCode == "untrusted", "\(asListener.err)")
    for program in [server, otherServer] {
      program.kill(SIGTERM)
      #expect(program.finish().exitCode == 0)
    }
    #expect(try Program.run("status", "--store", place["other"]).object["changes"] as? Int == 1)
  }

  @Test func whoHangsUpInTheHandshakeIsUnreachable() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let proxy = try CuttingProxy(to: address, cutAfter: 1)
    let result = try Program.run("sync", proxy.address, "--store", place["office"])
    #expect(result.exitCode == 69 && result.errorCode == "unreachable", "\(result.err)")
    proxy.close()
    server.kill(SIGTERM)
    _ = server.finish()
  }

  /// Something that speaks no TLS at all.
  @Test func aServerOfAnotherKindIsNoPeer() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    let script = """
      import socket
      listener = socket.create_server(("127.0.0.1", 0))
      print(listener.getsockname()[1], flush=True)
      link, _ = listener.accept()
      link.sendall(b"HTTP/1.0 400 Bad Request\\r\\n\\r\\n")
      while link.recv(4096): pass
      """
    let pipe = Pipe()
    let other = try ChildProcess(
      "/usr/bin/env", ["python3", "-c", script], output: pipe.fileHandleForWriting.fileDescriptor)
    try pipe.fileHandleForWriting.close()
    defer { other.signal(SIGTERM) }
    let port = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let result = try Program.run("sync", "127.0.0.1:\(port)", "--store", place["office"])
    #expect(result.exitCode == 77 && result.errorCode == "untrusted", "\(result.err)")
    server.kill(SIGTERM)
    _ = server.finish()
  }

  @Test func tokensThatAreExpiredUsedOrAlteredAreRefused() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    /// - Parameter ago: how many seconds ago it is given out, by the clock of who does.
    func token(ago: Int = 0) throws -> String {
      let invited = try Program(
        [
          "office", "invite", "--division", "540200", "--name", "日喀则市局", "--days", "7", "--store",
          place["region"],
        ], environment: Program.clock(ahead: -ago)
      ).finish()
      return try #require(invited.object["token"] as? String, "\(invited.err)")
    }
    try Program.run("init", "--division", "540200", "--name", "日喀则市局", "--store", place["new"])
    func join(_ token: String, _ code: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
      let result = try Program.run("join", address, "--token", token, "--store", place["new"])
      #expect(result.exitCode == 77, "\(result.err)", sourceLocation: sourceLocation)
      #expect(result.errorCode == code, "\(result.err)", sourceLocation: sourceLocation)
      let status = try Program.run("status", "--store", place["new"]).object
      #expect(status["enrolled"] as? Bool == false, sourceLocation: sourceLocation)
    }
    try join(token(ago: 8 * 86_400), "token-expired")
    var altered = Array(try token())
    altered[altered.count / 2] = altered[altered.count / 2] == "A" ? "B" : "A"
    try join(String(altered), "bad-token")
    let good = try token()
    #expect(try Program.run("join", address, "--token", good, "--store", place["new"]).exitCode == 0)
    try Program.run("init", "--division", "540200", "--name", "再来一次", "--store", place["second"])
    let used = try Program.run("join", address, "--token", good, "--store", place["second"])
    #expect(used.exitCode == 77 && used.errorCode == "token-used", "\(used.err)")
    server.kill(SIGTERM)
    _ = server.finish()
  }

  /// A colleague took in what a stolen computer wrote after the head that is honoured.
  @Test func whatARevocationDoesNotHonourIsTakenOutAndShown() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("stolen", division: "540100", name: "拉萨市局二号", at: address)
    try place.add("原有", to: "stolen")
    #expect(try Program.run("sync", "--store", place["stolen"]).exitCode == 0)
    #expect(try Program.run("sync", "--store", place["office"]).exitCode == 0)
    #expect(try Program.run("sync", "--store", place["stolen"]).exitCode == 0)
    try place.add("盗录", to: "stolen")
    let made = try Program.run(
      "bundle", "create", "--for", "拉萨市局", "-o", place["a.tzb"], "--store", place["stolen"])
    #expect(made.exitCode == 0, "\(made.err)")
    #expect(try Program.run("merge", place["a.tzb"], "--store", place["office"]).exitCode == 0)
    func records() throws -> Int? {
      try Program.run("status", "--store", place["office"]).object["records"] as? Int
    }
    #expect(try records() == 2)
    try Program.run("office", "revoke", "拉萨市局二号", "--store", place["region"])
    let synced = try Program.run("sync", "--store", place["office"])
    #expect(synced.exitCode == 0, "\(synced.err)")
    #expect(try records() == 1)
    let line = try Program.run("quarantine", "--store", place["office"]).object
    #expect(line["reason"] as? String == "revoked" && line["seq"] as? Int == 2)
    #expect(line["office"] as? String == "拉萨市局二号")
    #expect(try Program.run("verify", "--store", place["office"]).exitCode == 0)
    server.kill(SIGTERM)
    _ = server.finish()
  }

  @Test func aRevokedOfficeIsToldThatItIs() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    #expect(
      try Program.run("office", "revoke", "拉萨市局", "--reason", "遗失", "--store", place["region"]).exitCode == 0)
    let result = try Program.run("sync", address, "--store", place["office"])
    #expect(result.exitCode == 77 && result.errorCode == "revoked", "\(result.err)")
    server.kill(SIGTERM)
    _ = server.finish()
  }
}
