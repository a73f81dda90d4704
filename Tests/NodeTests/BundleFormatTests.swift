import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// Invariant 8 for a stick: whatever a file says, it is told what is wrong with it in bounded memory, and nothing of
/// it goes in.
@Suite struct BundleFormatTests {
  private let offices: TestOffices
  private let office: LocalNode
  private let folder = TemporaryFolder()
  private let fingerprint: Hash256

  init() throws {
    offices = try TestOffices()
    office = try offices.enrolled("540600", "那曲市局")
    fingerprint = try offices.region.fingerprint(of: "540000")
  }

  private func write(_ bytes: [UInt8]) throws -> String {
    let path = folder.path + "/包.tzb"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func fault(_ bytes: [UInt8]) throws -> BundleFault? {
    let path = try write(bytes)
    do {
      try offices.region.apply(bundle: path)
      return nil
    } catch let fault as BundleFault {
      #expect(try offices.region.fingerprint(of: "540000") == fingerprint)
      return fault
    }
  }

  /// Frames of random bytes: they are no messages, but that shows only in the last pass.
  private func file(_ frames: [Int], seed: UInt64 = 1) throws -> SealedFile {
    var random = SeededRandom(seed: seed)
    let body = frames.flatMap { UInt32($0).bigEndianBytes + random.bytes($0) }
    return try SealedFile(body, from: office, to: offices.region)
  }

  // MARK: lengths

  @Test func aPartThatSaysItIsLongerThanAnyMayBeIsNotReadOn() throws {
    let file = try file([100])
    let names = ["bundle-manifest", "bundle-signature", "bundle-chain", "bundle-key"]
    for (place, name) in zip(file.places, names) {
      var bytes = file.bytes
      bytes.replaceSubrange(place..<place + 4, with: [255, 255, 255, 255])
      guard case .overLimit(name, 0xffff_ffff, _)? = try fault(bytes) else {
        Issue.record("\(name): \(String(describing: try fault(bytes)))")
        continue
      }
    }
  }

  @Test func aManifestBeyondTheLimitIsRefusedThoughItIsThere() throws {
    let file = try file([100])
    var long = file.head.manifest
    long.makerName = String(repeating: "那", count: BundleHead.Limit.manifestBytes / 3)
    let part = long.encoded
    let rest = file.bytes[(file.places[1])...]
    let bytes = file.bytes.prefix(9) + UInt32(part.count).bigEndianBytes + part + rest
    #expect(
      try fault(Array(bytes))
        == .overLimit(
          name: "bundle-manifest", value: part.count, limit: BundleHead.Limit.manifestBytes))
    // Nor is one made.
    #expect(throws: BundleFault.self) {
      _ = try SealedFile([], from: office, to: offices.region) { $0 = long }
    }
  }

  @Test func aFrameBeyondTheLimitIsRefusedBeforeItIsKept() throws {
    let limit = Limits.frameBytes
    for length in [limit + 1, 0xffff_ffff] {
      let body = UInt32(length).bigEndianBytes + [UInt8](repeating: 0, count: 200_000)
      let file = try SealedFile(body, from: office, to: offices.region)
      #expect(try fault(file.bytes) == .overLimit(name: "frame", value: length, limit: limit))
    }
    var frames = BundleFrames()
    frames.append(UInt32(limit).bigEndianBytes)
    #expect(try frames.next() == nil)
  }

  @Test func aBodyThatEndsWithinAFrameIsCut() throws {
    for body in [[0], [0, 0, 0], [0, 0, 0, 9, 1], [0, 1, 0, 0] + [UInt8](repeating: 0, count: 65_531)] {
      let file = try SealedFile(body, from: office, to: offices.region)
      #expect(try fault(file.bytes) == .cut, "\(body.count)")
    }
  }

  // MARK: the order

  /// Changes, then attachments, then one Done; nothing of a file goes in that says it otherwise.
  @Test func whatHasNoPlaceInABundleIsRefused() throws {
    let cursor = ArrivalCursor(
      store: [UInt8](repeating: 9, count: 16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    let changes = Message.changes(ChangesFrame(batches: [], through: cursor))
    let done = Message.done(Done(sentFrames: 0, receivedFrames: 0, digest: .zero, receipt: []))
    let space = Space(division: DivisionCode("540600")!, section: .records)
    let content = Hash256(hashing: [])
    let request = Message.attachmentRequest(
      AttachmentRequest(
        space: space, record: RecordID(milliseconds: 1, random: (1, 1)), content: content, offset: 0))
    let chunk = Message.attachmentChunk(AttachmentChunk(content: content, offset: 0, data: []))
    func fault(_ messages: [Message]) throws -> BundleFault? {
      let body = messages.flatMap { message in
        let bytes = [message.type] + message.encoded()
        return UInt32(bytes.count).bigEndianBytes + bytes
      }
      return try self.fault(SealedFile(body, from: office, to: offices.region, format: 2).bytes)
    }
    for good in [
      [done], [changes, changes, done], [changes, request, chunk, request, chunk, done], [request, chunk],
    ] {
      #expect(try fault(good) == nil, "\(good.map(\.type))")
    }
    for bad in [
      [done, done], [done, changes], [changes, done, request, chunk], [request, chunk, changes],
      [.acknowledge(frames: 1)], [done, .acknowledge(frames: 1)],
    ] as [[Message]] {
      #expect(try fault(bad) == .altered, "\(bad.map(\.type))")
    }
  }

  // MARK: what is not what was signed

  @Test func aFileThatIsCutAnywhereSaysSo() throws {
    let file = try file([70_000, 50_000, 30_000])
    let bytes = file.bytes
    #expect(file.segments.count == 3)
    for place in file.places {
      for count in [place - 1, place, place + 1, place + 3, place + 4, place + 5]
      where count > 0 && count < bytes.count {
        let expected: BundleFault =
          count < 9 ? .notABundle : count < file.places[4] ? .cut : .altered
        #expect(try fault(Array(bytes.prefix(count))) == expected, "cut at \(count)")
      }
    }
    for end in [1, 15, 16, 17, 65_551, 65_552, 65_553] {
      #expect(try fault(bytes.dropLast(end)) == .altered, "\(end) bytes are missing")
    }
    #expect(try fault([]) == .notABundle)
  }

  @Test func bytesBehindTheLastSegmentAreNotPassedOver() throws {
    // The last segment full as well as short.
    for frames in [[70_000], [65_532]] {
      let bytes = try file(frames).bytes
      for count in [1, 16, 17, 65_552] {
        #expect(try fault(bytes + [UInt8](repeating: 0, count: count)) == .altered, "\(frames) \(count)")
      }
      #expect(try fault(bytes + bytes) == .altered)
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func oneFlippedBitAnywhereIsNoticed(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<3 { try office.addTraining("第\(seed)期", division: "540600") }
    let path = folder.path + "/好.tzb"
    _ = try office.makeBundle(for: nil, sinceLast: false, to: path)
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    for _ in 0..<60 {
      var altered = bytes
      let place = Int.random(in: 0..<bytes.count, using: &random)
      altered[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      let written = try write(altered)
      #expect(throws: (any Error).self, "seed \(seed), byte \(place)") {
        try offices.region.apply(bundle: written)
      }
    }
    #expect(try offices.region.fingerprint(of: "540000") == fingerprint)
    #expect(try offices.region.apply(bundle: path).new > 0)
  }

  /// The chain is no part of what is signed: it has one spelling all the same.
  @Test func noTextStandsBesideTheMakersChain() throws {
    var file = try file([100])
    let chain = file.head.chain
    for text in ["\n" + chain, chain + "\n", chain + "x", chain.replacing("\n", with: "\r\n")] {
      file.head.chain = text
      #expect(try fault(file.bytes) == .altered, "\(text)")
    }
  }

  /// The segments of another bundle of the same maker under the same key open one by one: only the hash tells.
  @Test func whatTakesAFilesPlaceBetweenThePassesIsNotBelieved() throws {
    let surroundings = Surroundings(
      now: office.surroundings.now, random: { [UInt8](repeating: 9, count: $0) })
    let maker = try LocalNode(opening: office.store.folder, surroundings: surroundings)
    let paths = ["/一.tzb", "/二.tzb"].map { folder.path + $0 }
    var files: [[UInt8]] = []
    var starts: [Int] = []
    for path in paths {
      try office.addTraining(path)
      _ = try maker.makeBundle(for: nil, sinceLast: false, to: path)
      files.append(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
      starts.append(try BundleReader(path).head.encoded.count)
    }
    let mixed = Array(files[0].prefix(starts[0]) + files[1].dropFirst(starts[1]))
    var isReplaced = false
    #expect(throws: BundleFault.altered) {
      try offices.region.apply(bundle: paths[0]) { _, _ in
        guard !isReplaced else { return }
        isReplaced = true
        // In its place: the reader has the file open.
        let handle = FileHandle(forWritingAtPath: paths[0])
        try? handle?.truncate(atOffset: 0)
        try? handle?.write(contentsOf: Data(mixed))
        try? handle?.close()
      }
    }
    #expect(isReplaced)
    #expect(try offices.region.fingerprint(of: "540000") == fingerprint)
    #expect(try offices.region.apply(bundle: paths[1]).new > 0)
  }

  // MARK: what is

  @Test func framesComeOutAsTheyWentInWhereverSegmentsEnd() throws {
    let segment = SegmentCipher.segmentBytes
    var random = SeededRandom(seed: 3)
    let key = random.bytes(SealedEnvelope.keyByteCount)
    let sizes: [[Int]] = [
      [], [0], [1], [segment - 4], [segment - 3], [segment - 5], [segment - 4, 0], [segment - 6, 10],
      [2 * segment - 4], [2 * segment - 8, 0], [5, segment, 7, 3 * segment, 0, 0, 1], [Limits.frameBytes],
    ]
    for sizes in sizes {
      let frames = sizes.map { random.bytes($0) }
      let path = folder.path + "/来回.tzb"
      let template = try SealedFile([], from: office, to: offices.region).head
      var writer = try BundleWriter(
        to: path, template.manifest, chain: template.chain, key: key, sealedKey: template.sealedKey
      ) { try office.identity.key.sign($0) }
      for frame in frames { try writer.write(frame: frame, changes: 1) }
      let manifest = try writer.finish()
      #expect(manifest.changes == frames.count)
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      #expect(size == writer.byteCount)
      let reader = try BundleReader(path)
      try reader.checkContent()
      var read: [[UInt8]] = []
      try reader.read(key, progressed: { _, _ in }) { read.append($0) }
      #expect(read == frames, "\(sizes)")
    }
  }

  @Test func theHeadFitsIntoItsRoomWhateverItCounts() throws {
    let template = try SealedFile([], from: office, to: offices.region).head
    for changes in [0, 127, 128, 16_384, .max] {
      let path = folder.path + "/数.tzb"
      var writer = try BundleWriter(
        to: path, template.manifest, chain: template.chain,
        key: [UInt8](repeating: 1, count: SealedEnvelope.keyByteCount), sealedKey: template.sealedKey
      ) { try office.identity.key.sign($0) }
      try writer.write(frame: [1, 2, 3], changes: changes)
      _ = try writer.finish()
      let reader = try BundleReader(path)
      try reader.checkContent()
      #expect(reader.head.manifest.changes == changes)
      #expect(try Certificate.all(pem: reader.head.chain) == office.identity.chain)
    }
  }

  /// What it costs a merge to say whose a bundle is does not grow with it.
  @Test func ofAFileOfAnySizeTheHeadIsRead() throws {
    let file = try file([100])
    let path = try write(file.head.encoded)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: 1 << 36)
    try handle.close()
    #expect(try LocalNode.manifest(ofBundle: path).maker == office.facts.node)
  }
}
