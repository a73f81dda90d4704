public import Ledger
internal import SwiftProtobuf

/// What two stores say to each other; Protocol/SPEC.md has a section for each, Protocol/messages.proto the
/// schema. The generated types carry and stay in this module.
public enum Message: Sendable {
  case hello(Hello)
  case offer(Offer)
  case held([HeldLog])
  case changes(ChangesFrame)
  case acknowledge(frames: UInt64)
  case done(Done)
  case failure(Failure)
  case joinRequest(JoinRequest)
  case joinAnswer(JoinAnswer)
  case attachmentRequest(AttachmentRequest)
  case attachmentChunk(AttachmentChunk)
  case attachmentAbsent(AttachmentAbsent)
  /// The sender asks for no more attachments; `fetched` contents have become whole since it last said so.
  case attachmentsThrough(fetched: UInt64)

  /// The frame's type.
  public var type: UInt8 {
    switch self {
    case .hello: 1
    case .offer: 2
    case .held: 3
    case .changes: 4
    case .acknowledge: 5
    case .done: 6
    case .failure: 7
    case .joinRequest: 8
    case .joinAnswer: 9
    case .attachmentRequest: 10
    case .attachmentChunk: 11
    case .attachmentAbsent: 12
    case .attachmentsThrough: 13
    }
  }

  /// The frame's payload.
  public func encoded() -> [UInt8] {
    switch self {
    case .hello(let hello): hello.carrier.carried
    case .offer(let offer): ProtoOffer(offer).carried
    case .held(let logs): ProtoHeld(logs).carried
    case .changes(let frame): Compression.deflate(frame.encoded)
    case .acknowledge(let frames): ProtoAcknowledge.with { $0.frames = frames }.carried
    case .done(let done): done.carrier.carried
    case .failure(let failure): failure.carrier.carried
    case .joinRequest(let request): request.carrier.carried
    case .joinAnswer(let answer): answer.carrier.carried
    case .attachmentRequest(let request): request.carrier.carried
    case .attachmentChunk(let chunk): chunk.carrier.carried
    case .attachmentAbsent(let absent): absent.carrier.carried
    case .attachmentsThrough(let fetched): ProtoAttachmentsThrough.with { $0.fetched = fetched }.carried
    }
  }

  /// - Throws: why `payload` is no message of that type; nothing is kept of one that is not.
  public init(type: UInt8, payload: [UInt8]) throws(WireFault) {
    try WireFault.check("frame", payload.count, limit: Limits.frameBytes)
    do {
      self = try Message.decoded(type, payload)
    } catch let fault as WireFault {
      throw fault
    } catch {
      throw .malformed(type: type)
    }
  }

  private static func decoded(_ type: UInt8, _ payload: [UInt8]) throws -> Message {
    switch type {
    case 1:
      for field in [6, 10] as [UInt64] {
        try FieldCount.check(payload, field: field, "logs", limit: Limits.logsPerMessage)
      }
      return .hello(try Hello(ProtoHello(serializedBytes: payload)))
    case 2:
      try FieldCount.check(payload, field: 1, "logs", limit: Limits.logsPerMessage)
      try FieldCount.check(payload, field: 2, "receipts", limit: Limits.receiptsPerMessage)
      return .offer(try ProtoOffer(serializedBytes: payload).offer)
    case 3:
      try FieldCount.check(payload, field: 1, "logs", limit: Limits.logsPerMessage)
      return .held(try ProtoHeld(serializedBytes: payload).logs)
    case 4: return .changes(try ChangesFrame(encoded: try Compression.inflate(payload)))
    case 5: return .acknowledge(frames: try ProtoAcknowledge(serializedBytes: payload).frames)
    case 6:
      try FieldCount.check(payload, field: 12, "receipts", limit: Limits.receiptsPerMessage)
      try FieldCount.check(payload, field: 14, "words", limit: Limits.wordsPerMessage)
      return .done(try Done(ProtoDone(serializedBytes: payload)))
    case 7: return .failure(try Failure(ProtoFailure(serializedBytes: payload)))
    case 8: return .joinRequest(try JoinRequest(ProtoJoinRequest(serializedBytes: payload)))
    case 9: return .joinAnswer(try JoinAnswer(ProtoJoinAnswer(serializedBytes: payload)))
    case 10:
      return .attachmentRequest(try AttachmentRequest(ProtoAttachmentRequest(serializedBytes: payload)))
    case 11: return .attachmentChunk(try AttachmentChunk(ProtoAttachmentChunk(serializedBytes: payload)))
    case 12: return .attachmentAbsent(try AttachmentAbsent(ProtoAttachmentAbsent(serializedBytes: payload)))
    case 13:
      let fetched = try ProtoAttachmentsThrough(serializedBytes: payload).fetched
      try WireFault.check("fetched", Int(clamping: fetched), limit: Limits.fetchedPerMessage)
      return .attachmentsThrough(fetched: fetched)
    default: throw WireFault.unknownType(type)
    }
  }
}

extension SwiftProtobuf.Message {
  /// The message in bytes.
  var carried: [UInt8] {
    do {
      return try serializedBytes()
    } catch {
      // No field is required, and nothing comes near the library's own limit of 2 GiB.
      preconditionFailure("\(Self.self) cannot be serialised: \(error)")
    }
  }
}
