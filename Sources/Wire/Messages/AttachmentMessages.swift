internal import FoundationEssentials
public import Ledger
internal import SwiftProtobuf

/// Asks for one piece of an attachment. It names the record that the attachment belongs to: nobody gets a content
/// for knowing its hash.
public struct AttachmentRequest: Sendable, Hashable {
  public var space: Space
  public var record: RecordID
  /// SHA-256 of the whole.
  public var content: Hash256
  /// Where the piece begins, in bytes; a multiple of a piece's length.
  public var offset: UInt64

  public init(space: Space, record: RecordID, content: Hash256, offset: UInt64) {
    self.space = space
    self.record = record
    self.content = content
    self.offset = offset
  }
}

/// A piece: `Limits.chunkBytes` of them, or what is left.
public struct AttachmentChunk: Sendable, Hashable {
  public var content: Hash256
  public var offset: UInt64
  public var data: [UInt8]

  public init(content: Hash256, offset: UInt64, data: [UInt8]) {
    self.content = content
    self.offset = offset
    self.data = data
  }
}

/// It is not here, was erased, does not belong to that record, or is not for the asker to read: which of these is not
/// said.
public struct AttachmentAbsent: Sendable, Hashable {
  public var content: Hash256
  public var offset: UInt64

  public init(content: Hash256, offset: UInt64) {
    self.content = content
    self.offset = offset
  }
}

extension AttachmentRequest {
  var carrier: ProtoAttachmentRequest {
    .with {
      $0.section = UInt32(space.section.rawValue)
      $0.division = space.division.description
      $0.record = Data(record.bytes)
      $0.content = Data(content.bytes)
      $0.offset = offset
    }
  }

  init(_ carrier: ProtoAttachmentRequest) throws {
    guard let section = UInt8(exactly: carrier.section).flatMap({ Space.Section(rawValue: $0) }),
      let division = DivisionCode(carrier.division), let record = RecordID(try carrier.record.exactly(16))
    else { throw CarriedFault() }
    self.init(
      space: Space(division: division, section: section), record: record, content: try carrier.content.hash(),
      offset: try carrier.offset.number())
  }
}

extension AttachmentChunk {
  var carrier: ProtoAttachmentChunk {
    .with {
      $0.content = Data(content.bytes)
      $0.offset = offset
      $0.data = Data(data)
    }
  }

  init(_ carrier: ProtoAttachmentChunk) throws {
    try WireFault.check("chunk", carrier.data.count, limit: Limits.chunkBytes)
    self.init(
      content: try carrier.content.hash(), offset: try carrier.offset.number(), data: [UInt8](carrier.data))
  }
}

extension AttachmentAbsent {
  var carrier: ProtoAttachmentAbsent {
    .with {
      $0.content = Data(content.bytes)
      $0.offset = offset
    }
  }

  init(_ carrier: ProtoAttachmentAbsent) throws {
    self.init(content: try carrier.content.hash(), offset: try carrier.offset.number())
  }
}
