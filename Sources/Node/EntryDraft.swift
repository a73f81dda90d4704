internal import Campaign
internal import Foundation
internal import Ledger
internal import Store

/// What was answered in a form that is not finished: kept beside the store after every answer, so that whatever
/// ends the questions loses none, and offered when the same form is begun again.
public struct EntryDraft: Sendable {
  /// Fields by code, with the words that were typed, in the order of the form.
  public let answers: [(field: String, text: String)]

  private struct Kept: Codable {
    var kind: String
    var division: String
    var answers: [[String]]
  }

  fileprivate init(_ form: EntryForm) {
    answers = form.fields.compactMap { field in form.answer(to: field).map { (field.code, $0) } }
  }

  /// - Returns: nil where there is none that can be read.
  fileprivate init?(path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let kept = try? JSONDecoder().decode(Kept.self, from: data)
    else { return nil }
    answers = kept.answers.compactMap { $0.count == 2 ? ($0[0], $0[1]) : nil }
    guard !answers.isEmpty else { return nil }
  }

  /// Writes it whole or not at all, for nobody else to read: it may hold what a record holds.
  fileprivate func write(_ path: String, _ form: EntryForm) throws {
    let kept = Kept(
      kind: form.kind.code, division: form.space.division.description,
      answers: answers.map { [$0.field, $0.text] })
    let folder = (path as NSString).deletingLastPathComponent
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw NodeError.file(path: path, errno: PosixCause.errno(of: error))
    }
    WholeFile.syncFolder(of: folder)
    try WholeFile.write(Array(JSONEncoder().encode(kept)), to: path, newMode: 0o600)
  }
}

extension LocalNode {
  /// A draft a form: named by a hash, for a pack's codes are no file names.
  private func draftPath(_ form: EntryForm) -> String {
    let name = "\(form.kind.code)\0\(form.space.division)\0\(form.space.section)"
    let hash = Hash256(hashing: Array(name.utf8)).description.prefix(16)
    return store.folder + "/drafts/\(hash).json"
  }

  /// What was once answered in a form like this one and neither became a record nor was thrown away.
  public func draft(of form: EntryForm) -> EntryDraft? { EntryDraft(path: draftPath(form)) }

  /// Keeps what was answered so far.
  public func keepDraft(of form: EntryForm) throws { try EntryDraft(form).write(draftPath(form), form) }

  /// Throws the draft away: it became a record, or nobody wants it.
  public func dropDraft(of form: EntryForm) { try? FileManager.default.removeItem(atPath: draftPath(form)) }
}
