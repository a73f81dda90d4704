import Foundation
import Testing

/// Joining again with the same key renews the certificate, over the network and by files.
@Suite(.offPool) struct RenewalTests {
  @Test func anOfficeRenewsByANewInvitationAndByFiles() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    func expires(_ name: String) throws -> String? {
      try Program.run("status", "--store", place[name]).object["certificate_expires"] as? String
    }
    func certificate(_ name: String) throws -> String {
      try String(contentsOfFile: place[name] + "/identity/node.crt", encoding: .utf8)
    }
    let first = try #require(try expires("office"))
    var former = try certificate("office")
    let token = try #require(
      try Program.run(
        "office", "invite", "--division", "540100", "--name", "拉萨市局", "--store", place["region"]
      ).object["token"] as? String)
    let again = try Program.run("join", address, "--token", token, "--store", place["office"])
    #expect(again.exitCode == 0, "\(again.err)")
    #expect(try #require(try expires("office")) >= first)
    #expect(try certificate("office") != former)
    for (office, name) in [("office", "拉萨市局"), ("region", "自治区局")] {
      former = try certificate(office)
      #expect(try Program.run("join", "--request", place["a.csr"], "--store", place[office]).exitCode == 0)
      let signed = try Program.run(
        "office", "sign", place["a.csr"], "-o", place["a.pem"], "--store", place["region"])
      #expect(signed.exitCode == 0, "\(name) \(signed.err)")
      let taken = try Program.run("join", "--certificate", place["a.pem"], "--store", place[office])
      #expect(taken.exitCode == 0, "\(name) \(taken.err)")
      #expect(try certificate(office) != former, "\(name)")
    }
    #expect(try Program.run("sync", "--store", place["office"]).exitCode == 0)
  }

  @Test func anInvitationForAnotherDivisionIsRefusedToWhoIsEnrolled() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let token = try #require(
      try Program.run(
        "office", "invite", "--division", "540600", "--name", "那曲市局", "--store", place["region"]
      ).object["token"] as? String)
    let refused = try Program.run("join", address, "--token", token, "--store", place["office"])
    #expect(refused.exitCode == 65 && refused.errorCode == "already-enrolled", "\(refused.err)")
  }

  /// The words of an error that only an enroller meets.
  @Test func anEnrollerMayNotLetOthersEnrol() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    try Program.run("join", "--request", place["a.csr"], "--store", place["office"])
    try Program.run(
      "office", "sign", place["a.csr"], "-o", place["a.pem"], "--may-enrol", "--store", place["region"])
    try Program.run("join", "--certificate", place["a.pem"], "--store", place["office"])
    func invite(_ options: String...) throws -> Program.Result {
      try Program(
        ["office", "invite", "--division", "540121", "--name", "林周县局", "--store", place["office"]] + options
      ).finish()
    }
    #expect(try invite().exitCode == 0)
    let refused = try invite("--may-enrol")
    #expect(refused.exitCode == 77 && refused.errorCode == "may-not-delegate", "\(refused.err)")
  }
}
