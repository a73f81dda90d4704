/// What a certificate allows beside writing.
public struct Rights: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let enrol = Rights(rawValue: 1)
  public static let issuePacks = Rights(rawValue: 2)
  public static let redact = Rights(rawValue: 4)
  public static let all: Rights = [.enrol, .issuePacks, .redact]
}
