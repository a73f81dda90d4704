import TestSupport
import Testing

@testable import Campaign

/// What is wrong with a pack's text is told with its line.
@Suite struct PackReaderTests {
  private func problems(
    _ from: String, _ to: String, origin: PackReader.Origin = .authored
  ) -> [PackProblem.Reason] {
    let text = Packs.restaurantsYAML.replacing(from, with: to, maxReplacements: 1)
    #expect(text != Packs.restaurantsYAML, "\(from) is not there")
    return all(text, origin: origin).map(\.reason)
  }

  private func all(_ text: String, origin: PackReader.Origin = .authored) -> [PackProblem] {
    do throws(PackProblems) {
      _ = try PackReader.read(text, origin: origin)
      return []
    } catch {
      return error.problems
    }
  }

  @Test func theLineIsNamed() {
    let text = Packs.restaurantsYAML.replacing("code(grades)", with: "code(gradse)")
    let line = text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex {
      $0.contains("gradse")
    }!
    #expect(
      all(text) == [
        PackProblem(line: line + 1, reason: .unknownReference(.list, "gradse", nearest: "grades"))
      ])
  }

  @Test func unknownReferences() {
    #expect(
      problems("not_greater: [dirty, tested]", "not_greater: [dirty, tseted]")
        == [.unknownReference(.field, "tseted", nearest: "tested")])
    #expect(problems("identity: [name, visited]", "identity: [name, visit]").count == 1)
    #expect(problems("parent: RIV}", "parent: RIX}") == [.unknownReference(.division, "RIX", nearest: "RIV")])
    #expect(
      problems("name: South, level: borough", "name: South, level: burough")
        == [.unknownReference(.level, "burough", nearest: "borough")])
    #expect(problems("mark: cold when temperature < 0", "mark: cold when temprature < 0").count == 1)
  }

  @Test func duplicates() {
    #expect(problems("number: 5, code: pests", "number: 4, code: pests") == [.duplicate(.number, "4")])
    #expect(problems("number: 8", "number: 9") == [.duplicate(.number, "9")])
    #expect(problems("code: guests", "code: grade").contains(.duplicate(.field, "grade")))
    #expect(problems("label: Guests", "label: Grade") == [.duplicate(.header, "Grade")])
    #expect(problems("label: Guests", "label: Ref") == [.duplicate(.header, "Ref")])
    #expect(problems("code: RIV-S", "code: RIV-N").contains(.duplicate(.division, "RIV-N")))
    #expect(problems("b: Good", "b: Excellent").contains(.duplicate(.code, "Excellent")))
    #expect(problems("code: visit\n", "code: visit\n    code: visit\n").first == .duplicate(.key, "code"))
    let twice = Packs.restaurantsYAML.replacing(
      "levels:", with: "  - {code: visit, label: Other, fields: []}\nlevels:")
    #expect(all(twice).map(\.reason) == [.duplicate(.kind, "visit")])
  }

  @Test func divisionsGoRoundInNoCircle() {
    #expect(
      problems("name: Riverside, level: city", "name: Riverside, level: city, parent: RIV-N")
        .contains(.circular(.division, "RIV")))
    #expect(problems("successors: [RIV-N, RIV-S]", "successors: [RIV-O]") == [.retiredSuccessor("RIV-O")])
  }

  @Test func typesRulesAndKeys() {
    #expect(problems("type: decimal", "type: decimals").contains(.unknownType("decimals")))
    #expect(problems("in_period: visited", "in_perid: visited") == [.unknownRule("in_perid")])
    #expect(problems("required: yes", "requird: yes") == [.unknownKey("requird", nearest: "required")])
    #expect(problems("required: yes", "required: perhaps") == [.notA(expected: "flag", key: "required")])
    #expect(
      problems("not_greater: [dirty, tested]", "not_greater: [name, tested]") == [
        .ruleMismatch("not_greater")
      ])
    #expect(
      problems("import_default: c", "import_default: z") == [.notAValue(field: "grade", code: .unknownCode)])
    #expect(problems("mice: Mice", "mice: 'Mice, small'").contains(.separatorInLabel("Mice, small")))
    #expect(problems("number: 6", "number: 0") == [.numberOutOfRange("0", limit: 1023)])
    #expect(problems("format: 1", "format: 2") == [.unsupportedFormat("2")])
    #expect(problems("lineage: riverside-restaurants\n", "") == [.missing(key: "lineage")])
    #expect(problems("to: 2026-12-31", "to: 2026-13-31") == [.notA(expected: "date", key: "to")])
    #expect(
      problems("code: tested, label: Plates tested, type: integer", "code: tested, label: T, type: tally")
        .count >= 1)
  }

  /// A part that nobody knows, or that the wrong sort of thing plays, would leave a report silently empty.
  @Test func partsInReports() throws {
    func roles(_ line: String) -> String {
      "reports:\n  roles:\n    \(line)\nlevels:"
    }
    #expect(problems("levels:", roles("summary_kind: [visit]")) == [])
    #expect(problems("levels:", roles("title: [name]")) == [])
    #expect(
      problems("levels:", roles("sumary_kind: [visit]"))
        == [.unknownReference(.role, "sumary_kind", nearest: "summary_kind")])
    #expect(
      problems("levels:", roles("summary_kind: [name]")) == [.unknownReference(.kind, "name", nearest: nil)])
    #expect(
      problems("levels:", roles("title: [nmae]")) == [.unknownReference(.field, "nmae", nearest: "name")])
    #expect(problems("levels:", roles("compliance_marks: [name]")).count == 1)
    // Another office's pack may know parts that this version does not.
    let newer = Packs.restaurantsYAML.replacing("levels:", with: roles("moon: [name]"))
    #expect(try PackReader.read(newer, origin: .received).reports.roles["moon"] == ["name"])
  }

  @Test func anotherOfficesNewerPackIsReadAsFarAsItIsKnown() throws {
    let newer = Packs.restaurantsYAML
      .replacing("type: decimal, min: -40}", with: "type: spectrum, min: -40}")
      .replacing("in_period: visited", with: "moon_phase: visited")
      .replacing("required: yes}", with: "required: yes, colour: red}")
    #expect(!all(newer).isEmpty)
    let pack = try PackReader.read(newer, origin: .received)
    #expect(pack.kind("visit")?.field("temperature") == nil)
    #expect(pack.kind("visit")?.field("grade") != nil)
    #expect(pack.kind("visit")?.rules.count == 3)
  }

  @Test func aNewerWayToMergeOrToMarkIsPassedOverWithWhatNeedsIt() throws {
    let newer = Packs.restaurantsYAML
      .replacing("type: tally}", with: "type: tally, merge: consensus}")
      .replacing("merge: person", with: "merge: consensus")
      .replacing("when temperature < 0", with: "when temperature ~ 0")
      .replacing("rats when pests = rats", with: "rats unless pests = rats twice")
    #expect(all(newer).count == 4)
    let pack = try PackReader.read(newer, origin: .received)
    let kind = try #require(pack.kind("visit"))
    #expect(kind.field("guests") == nil && kind.field("temperature") != nil)
    #expect(kind.groups.isEmpty && kind.field("tested") == nil)
    // `not_greater` compares members of the group.
    #expect(kind.rules.count == 2)
  }

  /// A guess compares with all names: it is made only while it will be told, and not for ever.
  @Test(.timeLimit(.minutes(3))) func manyWrongReferencesAreNotAllGuessedAt() {
    var text = Packs.restaurantsYAML
    for i in 0..<15_000 { text += "\n  - {code: X\(i), name: n, level: city, parent: Y\(i)}" }
    let problems = all(text).map(\.reason)
    #expect(problems.count == 100)
    #expect(problems.first == .unknownReference(.division, "Y0", nearest: "X0"))
    #expect(problems.last == .unknownReference(.division, "Y99", nearest: nil))
  }

  @Test func hostileTextsEndInAnError() {
    #expect(
      all(String(repeating: "a", count: PackReader.maxByteCount + 1)).first?.reason
        == .tooLarge(limit: PackReader.maxByteCount))
    #expect(all(String(repeating: "[", count: 10_000)).first?.reason == .tooDeep(limit: PackReader.maxDepth))
    #expect(all(String(repeating: "- ", count: 10_000)).first?.reason == .tooDeep(limit: PackReader.maxDepth))
    // Brackets that close nothing pay for none that open.
    let closed = "# " + String(repeating: "]", count: 10_000) + "\n" + String(repeating: "[", count: 10_000)
    #expect(all(closed).first?.reason == .tooDeep(limit: PackReader.maxDepth))
    // Nor do those in quotes, but then the parser itself has an end.
    #expect(!all(String(repeating: "[\"]\",", count: 100_000)).isEmpty)
    let nested = (0..<400).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
    #expect(all(nested).first?.reason == .tooDeep(limit: PackReader.maxDepth))
    #expect(!all("").isEmpty)
    #expect(!all("just text").isEmpty)
    #expect(!all("a: [1, 2").isEmpty)
    #expect(!all("\u{0}\u{1}").isEmpty)
    var laughs = "format: 1\nx0: &x0 [{}, {}, {}, {}, {}, {}, {}, {}, {}]\n"
    for level in 1...9 {
      let nine = Array(repeating: "*x\(level - 1)", count: 9).joined(separator: ", ")
      laughs += "x\(level): &x\(level) [\(nine)]\n"
    }
    #expect(!all(laughs + "kinds: *x9\n").isEmpty)
  }

  @Test func brokenTextsNeverTrap() {
    let seed: UInt64 = 3
    var rng = SeededRandom(seed: seed)
    let bytes = Array(Packs.restaurantsYAML.utf8)
    for _ in 0..<150 {
      var broken = bytes
      for _ in 0..<Int.random(in: 1...3, using: &rng) {
        let at = Int.random(in: 0..<broken.count, using: &rng)
        switch Int.random(in: 0..<3, using: &rng) {
        case 0: broken[at] = Array("[]{}:,-\n 0a&*".utf8).randomElement(using: &rng)!
        case 1: broken.remove(at: at)
        default: broken.removeSubrange(at..<min(broken.count, at + 40))
        }
      }
      _ = try? PackReader.read(broken)
    }
  }

  @Test func aPackMayLowerTheLimitOfAttachments() throws {
    let text = Packs.restaurantsYAML.replacing(
      "  fields:\n",
      with: "  fields:\n    - {number: 90, code: photos, label: Photos, type: attachments, max_kib: 500}\n",
      maxReplacements: 1)
    let pack = try PackReader.read(text, origin: .authored)
    let field = try #require(pack.kinds[0].fields.first { $0.code == "photos" })
    #expect(field.maximumByteCount == 500 << 10)
    #expect(try PackCodec.decode(PackCodec.encode(pack)) == pack)
    for (value, reason) in [
      ("0", PackProblem.Reason.numberOutOfRange("0", limit: 32_768)),
      ("32769", .numberOutOfRange("32769", limit: 32_768)), ("x", .notA(expected: "number", key: "max_kib")),
    ] {
      #expect(all(text.replacing("max_kib: 500", with: "max_kib: \(value)")).map(\.reason) == [reason])
    }
    #expect(
      all(text.replacing("type: attachments", with: "type: text")).map(\.reason)
        == [.notA(expected: "attachments", key: "type")])
  }
}
