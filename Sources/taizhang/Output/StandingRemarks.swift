import Synchronization

/// What stays to be said while a program goes on: once, and again when it is another.
final class StandingRemarks: Sendable {
  private let told = Mutex<[String: String]>([:])

  /// - Parameters:
  ///   - text: what there is to say of the subject now; nil: nothing.
  /// - Returns: the same where it was not the last that was said of it.
  func new(_ text: String?, of subject: String) -> String? {
    told.withLock { told in
      defer { told[subject] = text }
      return told[subject] == text ? nil : text
    }
  }
}
