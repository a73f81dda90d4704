import Foundation
import Testing

/// A certificate renews itself while its office is heard of; joining again with the same key renews it too, over the
/// network and by files.
@Suite(.offPool) struct RenewalTests {
  /// The program on a computer whose clock is so many days ahead.
  private func start(_ arguments: [String], day: Int) throws -> Program {
    let library = (Program.path as NSString).deletingLastPathComponent + "/libSkewedClock.so"
    try #require(FileManager.default.fileExists(atPath: library))
    return try Program(
      arguments, environment: ["LD_PRELOAD": library, "SKEW_SECONDS": "\(day * 86_400)"])
  }

  @discardableResult
  private func run(_ arguments: String..., day: Int = 0, exits code: Int32 = 0) throws -> Program.Result {
    let result = try start(arguments, day: day).finish()
    #expect(result.exitCode == code, "\(arguments) on day \(day): \(result.out) \(result.err)")
    return result
  }

  private func serve(_ store: String, day: Int) throws -> (server: Program, address: String) {
    let server = try start(["serve", "--listen", "127.0.0.1:0", "--store", store], day: day)
    let object = try JSONSerialization.jsonObject(with: Data(server.line().utf8)) as? [String: Any]
    return (server, try #require(object?["address"] as? String))
  }

  private func stop(_ servers: Program...) {
    for server in servers {
      server.kill(SIGTERM)
      _ = server.finish()
    }
  }

  private func expires(_ store: String, day: Int = 0) throws -> String {
    try #require(
      try run("status", "--store", store, day: day).object["certificate_expires"] as? String)
  }

  /// Who looks at the list sees whose certificate is about to end, and whose has.
  @Test func theListOfOfficesSaysWhoseTimeRunsOut() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    stop(server)
    let library = (Program.path as NSString).deletingLastPathComponent + "/libSkewedClock.so"
    for (day, word) in [(0, ""), (600, "expires "), (1000, "expired ")] {
      let list = try Program(
        ["office", "list", "--lang", "en", "--store", place["region"]], json: false,
        environment: ["LD_PRELOAD": library, "SKEW_SECONDS": "\(day * 86_400)"]
      ).finish().out
      let row = try #require(list.split(separator: "\n").last)
      #expect(row.contains("expire") == !word.isEmpty && (word.isEmpty || row.contains(word)), "\(list)")
    }
  }

  @Test func aCertificateRenewsItselfWhereTheOfficeComesBy() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    stop(server)
    let office = place["office"]
    let first = try expires(office)
    let (later, address) = try serve(place["region"], day: 600)
    try run("sync", address, "--store", office, day: 600)
    stop(later)
    #expect(try expires(office, day: 600) > first)
    let (last, again) = try serve(place["region"], day: 760)
    defer { stop(last) }
    #expect(
      try run("sync", again, "--store", office, day: 760).object["converged"] as? Bool == true)
  }

  /// The county was certified by the region's hand, and has never spoken but with the prefecture.
  @Test func aCertificateRenewsItselfThroughAHub() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    stop(server)
    let (region, hub, county) = (place["region"], place["office"], place["county"])
    try run("init", "--division", "540102", "--name", "城关区局", "--store", county)
    try run("join", "--request", place["a.csr"], "--store", county)
    try run("office", "sign", place["a.csr"], "-o", place["a.pem"], "--store", region)
    try run("join", "--certificate", place["a.pem"], "--store", county)
    let first = try expires(county)
    let (above, toRegion) = try serve(region, day: 600)
    let (between, toHub) = try serve(hub, day: 600)
    try run("sync", toHub, "--store", county, day: 600)
    // Up, and down again once the region is through with what it does behind the session.
    try run("sync", toRegion, "--store", hub, day: 600)
    func isRenewed() throws -> Bool {
      try run("office", "list", "--store", region, day: 600).objects.contains {
        $0["name"] as? String == "城关区局" && $0["expires"] as? String != first
      }
    }
    var looks = 0
    while try !isRenewed(), looks < 100 { looks += 1 }
    try run("sync", toRegion, "--store", hub, day: 600)
    try run("sync", toHub, "--store", county, day: 600)
    stop(between, above)
    #expect(try expires(county, day: 600) > first)
    let (last, address) = try serve(hub, day: 760)
    defer { stop(last) }
    #expect(
      try run("sync", address, "--store", county, day: 760).object["converged"] as? Bool == true)
  }

  @Test func anOfficeThatHasExpiredHandsInAndIsToldHowToRenew() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    stop(server)
    let (region, office) = (place["region"], place["office"])
    let first = try expires(office)
    let id = try place.add("过期以后交的", to: "office")
    let (above, address) = try serve(region, day: 760)
    defer { stop(above) }
    let told = try run("sync", address, "--store", office, day: 760, exits: 77)
    #expect(told.errorCode == "certificate-expired")
    for command in ["taizhang join", "join --request"] { #expect(told.err.contains(command), "\(told.err)") }
    #expect(try run("show", id, "--store", region, day: 760).object["id"] as? String == id)
    #expect(try expires(office, day: 760) == first)
    let token =
      try run(
        "office", "invite", "--division", "540100", "--name", "拉萨市局", "--store", region, day: 760
      ).object["token"] as? String
    try run("join", address, "--token", try #require(token), "--store", office, day: 760)
    #expect(try expires(office, day: 760) > first)
    #expect(
      try run("sync", address, "--store", office, day: 760).object["converged"] as? Bool == true)
  }

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
