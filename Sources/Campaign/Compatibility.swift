/// Why a pack cannot follow an older one of the same campaign: records are kept by number.
public struct CompatibilityProblem: Hashable, Sendable {
  public enum Reason: Hashable, Sendable {
    case otherLineage(from: String, to: String)
    case kindMissing
    /// The number stood for another field, or for another sort of value.
    case newMeaning(number: UInt32, was: String, now: String)
    /// The field's values are kept under its old number, where they would no longer be found.
    case renumbered(code: String, from: UInt32, to: UInt32)
    /// A number that fell away has to be listed under `retired_numbers`, so that nobody gives it away later.
    case notRetired(number: UInt32, was: String)
  }

  public let kind: String?
  public let reason: Reason
}

extension Pack {
  /// What speaks against this pack taking the place of `older`; empty where nothing does.
  public func compatibilityProblems(with older: Pack) -> [CompatibilityProblem] {
    guard older.info.lineage == info.lineage else {
      return [
        CompatibilityProblem(
          kind: nil, reason: .otherLineage(from: older.info.lineage, to: info.lineage))
      ]
    }
    return older.kinds.flatMap { old -> [CompatibilityProblem] in
      guard let new = kinds.first(where: { $0.code == old.code }) else {
        return [CompatibilityProblem(kind: old.code, reason: .kindMissing)]
      }
      return problems(new, old, older)
    }
  }

  private func problems(_ new: Kind, _ old: Kind, _ older: Pack) -> [CompatibilityProblem] {
    let were = older.meanings(old)
    let are = meanings(new)
    let now = Dictionary(are.map { ($0.number, $0) }, uniquingKeysWith: { a, _ in a })
    var reasons: [CompatibilityProblem.Reason] = []
    for was in were {
      if let moved = are.first(where: { $0.code == was.code && $0.number != was.number }) {
        reasons.append(.renumbered(code: was.code, from: was.number, to: moved.number))
      }
      if let meaning = now[was.number] {
        guard meaning.code != was.code || meaning.sort != was.sort else { continue }
        reasons.append(
          .newMeaning(
            number: was.number, was: "\(was.code): \(was.sort)", now: "\(meaning.code): \(meaning.sort)"))
      } else if !new.retiredNumbers.contains(was.number) {
        reasons.append(.notRetired(number: was.number, was: was.code))
      }
    }
    for number in old.retiredNumbers {
      if let meaning = now[number] {
        reasons.append(.newMeaning(number: number, was: "", now: "\(meaning.code): \(meaning.sort)"))
      } else if !new.retiredNumbers.contains(number) {
        reasons.append(.notRetired(number: number, was: ""))
      }
    }
    return reasons.map { CompatibilityProblem(kind: new.code, reason: $0) }
  }

  private struct Meaning {
    var number: UInt32
    var code: String
    /// Which values the number's cell or member may hold.
    var sort: String
  }

  private func meanings(_ kind: Kind) -> [Meaning] {
    let fields = kind.fields.map { field in
      let group = field.group.map { " in \(kind.groups[$0].number)" } ?? ""
      return Meaning(number: field.number, code: field.code, sort: sort(field) + group)
    }
    return fields + kind.groups.map { Meaning(number: $0.number, code: $0.code, sort: "group") }
  }

  /// Money is a decimal, and a list may be renamed: neither changes what is stored.
  private func sort(_ field: Field) -> String {
    let type =
      switch field.type {
      case .text: "text"
      case .date: "date"
      case .integer: "integer"
      case .decimal, .money: "decimal"
      case .flag: "flag"
      case .creditCode: "credit_code"
      case .record: "record"
      case .code: "code"
      case .attachment: "attachment"
      }
    return switch field.form {
    case .single: type
    case .set: "set(\(type))"
    case .tally: "tally"
    }
  }
}
