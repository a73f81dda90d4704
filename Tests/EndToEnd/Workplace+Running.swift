import Foundation
import Testing

extension Workplace {
  /// Runs the program on a store, and expects it to end as said.
  @discardableResult
  func run(
    _ arguments: String..., in store: String, exits code: Int32 = 0,
    location: SourceLocation = #_sourceLocation
  ) throws -> Program.Result {
    let result = try Program(arguments + ["--store", self[store]]).finish()
    #expect(
      result.exitCode == code, "\(store) \(arguments): \(result.out) \(result.err)", sourceLocation: location)
    return result
  }

  /// A store that answers peers, at a port that the system picks where none is given.
  func serve(
    _ store: String, _ options: String..., at address: String = "127.0.0.1:0",
    environment: [String: String] = [:]
  ) throws -> (server: Program, address: String) {
    let server = try Program(
      ["serve", "--listen", address, "--store", self[store]] + options, environment: environment)
    let line = try JSONSerialization.jsonObject(with: Data(server.line().utf8)) as? [String: Any]
    return (server, try #require(line?["address"] as? String, "\(server.errorText)"))
  }

  /// What `status` says, over one division's scope where one is given.
  func status(_ store: String, over division: String? = nil) throws -> [String: Any] {
    let filter = division.map { ["--division", $0] } ?? []
    return try Program(["status", "--store", self[store]] + filter).finish().object
  }

  /// A record's values.
  func fields(_ id: String, in store: String) throws -> [String: Any] {
    try #require(try run("show", id, in: store).object["fields"] as? [String: Any])
  }

  /// All bytes of a store's files, attachments and all.
  func files(of store: String) throws -> [String: Data] {
    let names = FileManager.default.enumerator(atPath: self[store])?.compactMap { $0 as? String } ?? []
    return names.reduce(into: [:]) { files, name in
      files[name] = FileManager.default.contents(atPath: self[store] + "/" + name)
    }
  }
}

extension Program {
  /// Ends a server as an administrator would.
  func end() {
    kill(SIGTERM)
    #expect(finish().exitCode == 0)
  }
}
