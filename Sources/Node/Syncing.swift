internal import Ledger
internal import Replication
internal import Store
internal import Transport
internal import Trust

/// Syncing with peers that are dialled.
extension LocalNode {
  /// How a sync with one peer went, as `sync` tells it.
  public struct SyncReport: Sendable {
    public var peer: String
    public var summary: SessionSummary?
    public var bytesSent = 0
    public var bytesReceived = 0
    /// On the socket after the handshake.
    public var sessionBytesSent = 0
    public var sessionBytesReceived = 0
    public var milliseconds: Int64 = 0
    public var conflicts = 0
    public var error: (any Error)?
  }

  /// The peers that names mean: addresses, office names, node-id prefixes; all listed ones where none is named.
  public func peers(named names: [String]) throws -> [(label: String, address: String)] {
    let listed = try store.read { try $0.peers(listedOnly: true) }
    if names.isEmpty {
      return listed.compactMap { peer in peer.address.map { (peer.name ?? $0, $0) } }
    }
    return try names.map { name in
      let matches = listed.filter {
        $0.name == name || $0.address == name
          || name.count >= 4 && $0.node?.description.hasPrefix(name) == true
      }
      if let address = matches.first?.address, matches.count == 1 { return (name, address) }
      guard name.contains(":") else { throw NodeError.unknownPeer(name) }
      return (name, name)
    }
  }

  /// One session with the node at `address`. What fails is in the report.
  public func sync(with peer: (label: String, address: String), watches: Bool = false) async -> SyncReport {
    var report = SyncReport(peer: peer.label)
    let start = surroundings.now()
    do {
      let (host, port) = try LocalNode.split(address: peer.address)
      let context = try TLSContext.dialler(tlsIdentity())
      let connection: Connection
      do throws(TransportError) {
        connection = try await Dialler(context: context, limits: .session).connect(host: host, port: port)
      } catch {
        throw LinkError(error, address: peer.address)
      }
      do {
        let trusted = try TrustedPeer(chain: connection.peerChain, node: self)
        report.peer = trusted.name
        var driver = try SessionDriver(
          self, link: ConnectionLink(connection: connection), peer: trusted, isInitiator: true,
          watches: watches,
          onCheckpoint: { _ in })
        let summary = try await driver.run()
        report.summary = summary
        try? catchUpIndex()
        if try store.read({ try $0.peer(address: peer.address)?.isListed }) == true {
          try store.write { try $0.bind(address: peer.address, to: trusted.node) }
        }
      } catch {
        report.error = error
      }
      await connection.close()
      let counts = connection.byteCounts
      report.bytesSent = counts.sent
      report.bytesReceived = counts.received
      report.sessionBytesSent = counts.sent - counts.handshakeSent
      report.sessionBytesReceived = counts.received - counts.handshakeReceived
      if report.error == nil { report.error = LinkError(outcome: report.summary?.outcome) }
    } catch {
      report.error = error
    }
    report.milliseconds = surroundings.now() - start
    report.conflicts = (try? store.read { try $0.conflictCount() }) ?? 0
    return report
  }
}
