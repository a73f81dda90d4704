import Ledger

@testable import Campaign

/// The packs that the tests read, each once.
enum Packs {
  static let quality: Pack = {
    do throws(PackProblems) {
      return try PackReader.read(BuiltInPack.yaml)
    } catch {
      fatalError("the built-in pack: \(error.problems)")
    }
  }()

  /// Another regulator, another country, one language: nothing of the first pack.
  static let restaurantsYAML = """
    format: 1
    lineage: riverside-restaurants
    version: 3
    title: Riverside restaurant inspections
    period: {from: 2026-01-01, to: 2026-12-31}
    items:
      A: Routine visits
      A.1: Kitchens
      B: Visits after complaints
    lists:
      grades:
        a: [Excellent, Excellent, "Grade A"]
        b: Good
        c: Poor
      pests: {mice: Mice, rats: Rats, flies: Flies}
    columns: {id: [Ref], division: [Borough], kind: [Form]}
    common:
      fields:
        - {number: 1, code: name, label: Restaurant, type: text, required: yes}
        - {number: 2, code: visited, label: Visited on, type: date, required: yes}
        - {number: 3, code: items, label: Programme, type: set(plan_items)}
      rules:
        - in_period: visited
    kinds:
      - code: visit
        label: Visit
        identity: [name, visited]
        fields:
          - {number: 4, code: grade, label: Grade, type: code(grades), required: yes, import_default: c}
          - {number: 5, code: pests, label: Pests seen, type: set(pests)}
          - {number: 6, code: guests, label: Guests, type: tally}
          - {number: 7, code: temperature, label: Fridge, type: decimal, min: -40}
        groups:
          - number: 8
            code: plates
            label: Plates
            merge: person
            fields:
              - {number: 9, code: tested, label: Plates tested, type: integer}
              - {number: 10, code: dirty, label: Plates dirty, type: integer}
              - {number: 11, code: seen, label: Seen on plates, type: set(pests)}
        rules:
          - not_greater: [dirty, tested]
          - mark: cold when temperature < 0
          - mark: rats when pests = rats
          - unique: [name, visited]
    levels: {city: City, borough: Borough}
    divisions:
      - {code: RIV, name: Riverside, level: city}
      - {code: RIV-N, name: North, level: borough, parent: RIV}
      - {code: RIV-S, name: South, level: borough, parent: RIV}
      - {code: RIV-O, name: Old town, level: borough, parent: RIV, retired: 2001, successors: [RIV-N, RIV-S]}
    """

  static let restaurants: Pack = {
    do throws(PackProblems) {
      return try PackReader.read(restaurantsYAML)
    } catch {
      fatalError("the restaurants' pack: \(error.problems)")
    }
  }()

  static func kind(_ code: String, in pack: Pack = quality) -> Kind { pack.kind(code)! }
}

/// The normal form of a text, or the fault.
func normal(_ text: String, _ type: ValueType, _ pack: Pack = Packs.quality) -> Result<Value, FormFault> {
  let form = NormalForm(lists: pack.lists, period: pack.info.period)
  do throws(FormFault) {
    return .success(try form.value(text, as: type))
  } catch {
    return .failure(error)
  }
}

func day(_ iso: String) -> Value { .date(CivilDate(iso: iso)!.days) }

func list(_ name: String, _ pack: Pack = Packs.quality) -> ValueType {
  .code(list: pack.lists.firstIndex { $0.name == name }!)
}

/// A draft checked against its pack, or what was found.
func check(
  _ kind: String, _ operations: [EditDraft.Operation], current: RecordContent? = nil,
  mode: EditDraft.Mode = .create, in pack: Pack = Packs.quality
) -> Result<CheckedEdit, RejectedEdit> {
  let draft = EditDraft(
    kind: Packs.kind(kind, in: pack), operations: operations, current: current, mode: mode)
  do throws(RejectedEdit) {
    return .success(try CheckedEdit(draft, pack: pack))
  } catch {
    return .failure(error)
  }
}

/// The codes of what was found wrong, with their fields: `required title`.
func faults(_ outcome: Result<CheckedEdit, RejectedEdit>) -> [String] {
  guard case .failure(let rejected) = outcome else { return [] }
  return rejected.findings.filter { $0.severity == .error }.map { "\($0.code.rawValue) \($0.field ?? "-")" }
}

/// What every record of the Quality Month needs.
let commonly: [EditDraft.Operation] = [
  .set("title", to: "电梯安全宣传周进社区"), .set("date", to: "2025-09-03"), .set("plan_items", to: "4.1"),
  .set("organiser", to: "拉萨市市场监管局"),
]
