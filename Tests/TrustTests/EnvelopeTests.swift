import Ledger
import Testing

@testable import Trust

@Suite struct EnvelopeTests {
  private let zoo = ChainZoo.shared
  private let key = [UInt8](repeating: 0x42, count: SealedEnvelope.keyByteCount)

  @Test func everyRecipientOpensIt() throws {
    let sealed = try SealedEnvelope.seal(key, to: [zoo.region, zoo.prefecture])
    #expect(try SealedEnvelope.open(sealed, certificate: zoo.region, key: zoo.regionKey) == key)
    #expect(try SealedEnvelope.open(sealed, certificate: zoo.prefecture, key: zoo.prefectureKey) == key)
    #expect(try SealedEnvelope.seal(key, to: [zoo.region, zoo.prefecture]) != sealed)
  }

  @Test func anotherRecipientIsToldSo() throws {
    let sealed = try SealedEnvelope.seal(key, to: [zoo.region])
    #expect(throws: TrustError.notForThisRecipient) {
      try SealedEnvelope.open(sealed, certificate: zoo.directCounty, key: zoo.countyKey)
    }
    // The right certificate with somebody else's key opens nothing.
    #expect(throws: TrustError.self) {
      try SealedEnvelope.open(sealed, certificate: zoo.region, key: zoo.countyKey)
    }
  }

  @Test func anEnvelopeCutOrFlippedNeverGivesAnotherKey() throws {
    let sealed = try SealedEnvelope.seal(key, to: [zoo.region])
    for cut in 0..<sealed.count {
      #expect(throws: TrustError.altered) {
        try SealedEnvelope.open(Array(sealed[..<cut]), certificate: zoo.region, key: zoo.regionKey)
      }
    }
    #expect(throws: TrustError.altered) {
      try SealedEnvelope.open(sealed + [0], certificate: zoo.region, key: zoo.regionKey)
    }
    for index in sealed.indices {
      for bit in [UInt8(1), 0x10, 0x80] {
        var flipped = sealed
        flipped[index] ^= bit
        // A version number or the like may still open: then to the very same key.
        let opened = try? SealedEnvelope.open(flipped, certificate: zoo.region, key: zoo.regionKey)
        #expect(opened == nil || opened == key, "byte \(index)")
      }
    }
  }

  @Test func segmentsMakeTheRoundTrip() throws {
    let cipher = SegmentCipher(key: key)
    for count in [0, 1, 4096, SegmentCipher.segmentBytes] {
      let segment = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
      let sealed = try cipher.seal(segment, index: 3, isLast: true)
      #expect(sealed.count == count + SegmentCipher.tagBytes)
      #expect(try cipher.open(sealed, index: 3, isLast: true) == segment)
    }
  }

  @Test func segmentsOutOfPlaceAreRefused() throws {
    let cipher = SegmentCipher(key: key)
    let sealed = try (0..<3).map { try cipher.seal([UInt8]("段".utf8), index: $0, isLast: $0 == 2) }
    #expect(Set(sealed).count == 3)
    for (index, segment) in sealed.enumerated() {
      for place in UInt64(0)..<3 {
        for isLast in [false, true] where place != UInt64(index) || isLast != (index == 2) {
          #expect(throws: TrustError.altered, "\(index) at \(place)") {
            try cipher.open(segment, index: place, isLast: isLast)
          }
        }
      }
    }
    let other = SegmentCipher(key: [UInt8](repeating: 0x43, count: 32))
    #expect(throws: TrustError.altered) { try other.open(sealed[0], index: 0, isLast: false) }
  }

  @Test func segmentsCutOrFlippedAreRefused() throws {
    let cipher = SegmentCipher(key: key)
    let sealed = try cipher.seal(Array(0..<40), index: 0, isLast: true)
    for cut in 0..<sealed.count {
      #expect(throws: TrustError.altered) { try cipher.open(Array(sealed[..<cut]), index: 0, isLast: true) }
    }
    for bit in 0..<sealed.count * 8 {
      var flipped = sealed
      flipped[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: TrustError.altered, "bit \(bit)") { try cipher.open(flipped, index: 0, isLast: true) }
    }
    let large = [UInt8](repeating: 0, count: SegmentCipher.segmentBytes + SegmentCipher.tagBytes + 1)
    #expect(throws: TrustError.altered) { try cipher.open(large, index: 0, isLast: true) }
  }
}
