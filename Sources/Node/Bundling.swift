internal import Foundation
public import Ledger
internal import Replication
internal import Store
internal import Trust
internal import Wire

/// A session for a USB stick: the same frames in a file, sealed to the recipient, with a signed manifest.
///
/// Layout: `TZBUNDLE`, format (1 byte), then length-prefixed (4 bytes, big-endian) manifest, its signature, the
/// maker's chain (PEM) and the sealed content key (CMS), then the segments of the body. The body is frames, each with
/// its length.
public struct BundleManifest: Sendable {
  public var maker: NodeID
  public var makerName: String
  public var recipient: NodeID
  public var recipientName: String
  /// Milliseconds since 1970.
  public var madeAt: Int64
  public var changes: Int
  /// SHA-256 of the sealed key and of all sealed segments.
  var content: Hash256

  static let magic = Array("TZBUNDLE".utf8)
  static let format: UInt8 = 1

  var encoded: [UInt8] {
    var out = ByteWriter()
    out.write(.manifest)
    out.write(maker.hash)
    out.write(lengthPrefixed: Array(makerName.utf8))
    out.write(recipient.hash)
    out.write(lengthPrefixed: Array(recipientName.utf8))
    out.write(varint: zigZag(madeAt))
    out.write(varint: UInt64(changes))
    out.write(content)
    return out.bytes
  }

  init(
    maker: NodeID, makerName: String, recipient: NodeID, recipientName: String, madeAt: Int64, changes: Int,
    content: Hash256
  ) {
    self.maker = maker
    self.makerName = makerName
    self.recipient = recipient
    self.recipientName = recipientName
    self.madeAt = madeAt
    self.changes = changes
    self.content = content
  }

  /// - Throws: `BundleFault` where the bytes are no manifest, or one that is cut short.
  init(encoded: [UInt8]) throws {
    do {
      self = try BundleManifest(reading: encoded)
    } catch is ByteReader.Fault {
      throw BundleFault.cut
    }
  }

  private init(reading encoded: [UInt8]) throws {
    self = try encoded.withUnsafeBytes { raw in
      var reader = ByteReader(raw)
      guard Array(try reader.read(count: 8)) == HashTag.manifest.bytes else { throw BundleFault.notABundle }
      let maker = NodeID(try reader.readHash())
      let makerName = String(decoding: try reader.readLengthPrefixed(), as: UTF8.self)
      let recipient = NodeID(try reader.readHash())
      let recipientName = String(decoding: try reader.readLengthPrefixed(), as: UTF8.self)
      let madeAt = unZigZag(try reader.readVarint())
      return BundleManifest(
        maker: maker, makerName: makerName, recipient: recipient, recipientName: recipientName,
        madeAt: madeAt,
        changes: Int(clamping: try reader.readVarint()), content: try reader.readHash())
    }
  }
}

/// Why a bundle cannot be taken in.
public enum BundleFault: Error, Hashable, Sendable {
  case notABundle
  case newerFormat(UInt8)
  case cut
  case altered
  case wrongRecipient(name: String)
  /// It goes on from changes that are not held here: those of an earlier bundle.
  case gap
}

extension LocalNode {
  /// A bundle for an office (a name or node-id prefix; nil: the enroller).
  ///
  /// - Parameter sinceLast: only what the recipient's receipts do not cover.
  public func makeBundle(for name: String?, sinceLast: Bool, to path: String) throws -> (
    manifest: BundleManifest, bytes: Int
  ) {
    guard !identity.chain.isEmpty else { throw NodeError.notEnrolled }
    var frames = ByteWriter()
    let (recipient, changes) = try store.read { snapshot in
      let recipient = try bundleRecipient(name, snapshot)
      let certificate = try Certificate(der: recipient.certificate)
      guard let theirs = certificate.office?.scope else { throw TrustError.badCertificate }
      let now = surroundings.now() / 1000
      // As in a session: what an office below may read ends with its certificate.
      let pack = try snapshot.pack()
      guard certificate.isCurrent(at: now) || isBelow(theirs, pack) else {
        throw NodeError.peerNotInForce(
          name: recipient.name, from: certificate.notBefore, until: certificate.notAfter, at: now)
      }
      let own = scope(try snapshot.pack())
      // What came from the recipient itself is carried back to it where nothing tells what it holds: it may have
      // been restored from a backup since, and a stick be its only way.
      let source = sinceLast ? try snapshot.peer(node: recipient.node)?.key : nil
      let held = sinceLast ? try snapshot.receiptedRanges(by: recipient.node) : HeldRanges()
      var from: Int64 = 0
      var changes = 0
      while true {
        let next = try snapshot.outgoing(
          after: from, scope: { own.mayRead($0) && theirs.mayRead($0) }, excluding: source, held: held,
          limit: 512 << 10)
        if !next.batches.isEmpty {
          let payload = Message.changes(ChangesFrame(batches: next.batches, through: next.through)).encoded()
          frames.write(bigEndian: UInt32(payload.count))
          frames.write(bytes: payload)
          changes += next.changeCount
        }
        from = next.through.arrival
        if next.isLast { break }
      }
      return (certificate, changes)
    }
    let manifest = try write(frames.bytes, for: recipient, changes: changes, to: path)
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (manifest, (attributes?[.size] as? Int) ?? 0)
  }

  private func bundleRecipient(_ name: String?, _ snapshot: Snapshot) throws -> OfficeRow {
    if let name { return try snapshot.office(called: name) }
    // The region has no enroller, and a bundle for whoever comes first would be read by nobody.
    guard let enroller = try snapshot.peers().first(where: \.isEnroller)?.node,
      let found = try snapshot.office(enroller)
    else { throw NodeError.noRecipient }
    return found
  }

  private func write(_ body: [UInt8], for recipient: Certificate, changes: Int, to path: String) throws
    -> BundleManifest
  {
    let key = surroundings.random(SealedEnvelope.keyByteCount)
    let sealedKey = try SealedEnvelope.seal(key, to: [recipient])
    let cipher = SegmentCipher(key: key)
    var segments: [UInt8] = []
    let count = max(1, (body.count + SegmentCipher.segmentBytes - 1) / SegmentCipher.segmentBytes)
    for index in 0..<count {
      let start = index * SegmentCipher.segmentBytes
      let part = Array(body[start..<min(body.count, start + SegmentCipher.segmentBytes)])
      segments += try cipher.seal(part, index: UInt64(index), isLast: index == count - 1)
    }
    let manifest = BundleManifest(
      maker: facts.node, makerName: facts.name, recipient: recipient.nodeID,
      recipientName: recipient.office?.name ?? "", madeAt: surroundings.now(), changes: changes,
      content: Hash256(hashing: sealedKey + segments))
    var out = ByteWriter(capacity: segments.count + 4096)
    out.write(bytes: BundleManifest.magic)
    out.write(byte: BundleManifest.format)
    // The maker's chain lets a recipient verify a maker that it has not heard of.
    let chain = try identity.chain.map { try $0.pem }.joined()
    for part in [
      manifest.encoded, try identity.key.sign(manifest.encoded).bytes, Array(chain.utf8), sealedKey,
    ] {
      out.write(bigEndian: UInt32(part.count))
      out.write(bytes: part)
    }
    out.write(bytes: segments)
    try WholeFile.write(out.bytes, to: path)
    return manifest
  }

  // MARK: reading

  /// What a bundle says of itself, without its key.
  public static func inspectBundle(_ path: String) throws -> BundleManifest { try BundleFile(path).manifest }

  /// Takes a bundle in.
  ///
  /// - Parameter progressed: is told how many bytes of its content were taken in, of how many.
  @discardableResult
  func apply(bundle path: String, progressed: (_ bytes: Int, _ of: Int) -> Void = { _, _ in }) throws -> (
    changes: Int, new: Int, refused: Int
  ) {
    let file = try BundleFile(path)
    guard let own = identity.chain.first, let root = identity.authority else { throw NodeError.notEnrolled }
    let maker = try TrustedChain.check(PresentedChain(try Certificate.all(pem: file.chain)), root: root)
    guard maker.leaf.nodeID == file.manifest.maker,
      maker.leaf.publicKey.verify(file.signature, over: file.manifestBytes),
      Hash256(hashing: file.sealedKey + file.segments) == file.manifest.content
    else { throw BundleFault.altered }
    try store.read { try requireStanding(maker, $0) }
    guard file.manifest.recipient == facts.node else {
      throw BundleFault.wrongRecipient(name: file.manifest.recipientName)
    }
    let key: [UInt8]
    do throws(TrustError) {
      key = try SealedEnvelope.open(file.sealedKey, certificate: own, key: identity.key)
    } catch {
      throw error == .notForThisRecipient
        ? BundleFault.wrongRecipient(name: file.manifest.recipientName) : error
    }
    let body = try file.open(key)
    return try take(body, from: maker, manifest: file.manifest, progressed)
  }

  private func take(
    _ body: [UInt8], from maker: TrustedChain, manifest: BundleManifest,
    _ progressed: (_ bytes: Int, _ of: Int) -> Void
  ) throws -> (changes: Int, new: Int, refused: Int) {
    try store.write { commit in
      let isNew = try commit.keep(OfficeRow(maker.leaf, issuer: maker.issuer?.nodeID))
      let source = try commit.peer(node: manifest.maker, name: manifest.makerName).key
      var authority = try Authority(commit.snapshot, identity: identity)
      let own = scope(try commit.pack())
      var intake = Intake(node: self, source: source)
      var total = IntakeOutcome(new: 0, refused: 0)
      if isNew {
        total.new +=
          try intake.takeWhatWaited(mayRead: own.mayRead, authority: &authority, in: commit).new
      }
      var position = 0
      while position < body.count {
        guard position + 4 <= body.count else { throw BundleFault.cut }
        let length = body[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        guard position + 4 + length <= body.count else { throw BundleFault.cut }
        let payload = Array(body[position + 4..<position + 4 + length])
        let outcome = try LocalNode.take(
          payload, &intake, mayRead: own.mayRead, &authority, in: commit)
        total.new += outcome.new
        total.refused = outcome.refused
        position += 4 + length
        progressed(position, body.count)
      }
      return (manifest.changes, total.new, total.refused)
    }
  }
}

extension LocalNode {
  /// Takes one frame of a bundle in.
  private static func take(
    _ payload: [UInt8], _ intake: inout Intake, mayRead: (Space) -> Bool, _ authority: inout Authority,
    in commit: Commit
  ) throws -> IntakeOutcome {
    do {
      guard case .changes(let frame) = try Message(type: 4, payload: payload) else {
        throw BundleFault.altered
      }
      return try intake.take(frame, mayRead: mayRead, authority: &authority, in: commit)
    } catch is WireFault {
      throw BundleFault.altered
    } catch SessionError.gap {
      throw BundleFault.gap
    }
  }
}

/// A bundle's parts, nothing of them believed.
private struct BundleFile {
  let manifest: BundleManifest
  let manifestBytes: [UInt8]
  let signature: Signature
  let chain: String
  let sealedKey: [UInt8]
  let segments: [UInt8]

  init(_ path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw NodeError.unreadable(path)
    }
    let bytes = Array(data)
    guard bytes.starts(with: BundleManifest.magic), bytes.count > 9 else { throw BundleFault.notABundle }
    guard bytes[8] == BundleManifest.format else { throw BundleFault.newerFormat(bytes[8]) }
    var position = 9
    func part() throws -> [UInt8] {
      guard position + 4 <= bytes.count else { throw BundleFault.cut }
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      guard position + 4 + length <= bytes.count else { throw BundleFault.cut }
      defer { position += 4 + length }
      return Array(bytes[position + 4..<position + 4 + length])
    }
    manifestBytes = try part()
    manifest = try BundleManifest(encoded: manifestBytes)
    guard let signature = Signature(try part()) else { throw BundleFault.altered }
    self.signature = signature
    chain = String(decoding: try part(), as: UTF8.self)
    sealedKey = try part()
    segments = Array(bytes[position...])
  }

  func open(_ key: [UInt8]) throws -> [UInt8] {
    let cipher = SegmentCipher(key: key)
    let step = SegmentCipher.segmentBytes + SegmentCipher.tagBytes
    let count = max(1, (segments.count + step - 1) / step)
    var body: [UInt8] = []
    for index in 0..<count {
      let part = Array(segments[index * step..<min(segments.count, (index + 1) * step)])
      body += try cipher.open(part, index: UInt64(index), isLast: index == count - 1)
    }
    return body
  }
}
