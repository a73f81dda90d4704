public import Ledger

/// The divisions of a campaign, as a tree.
public struct DivisionTable: Hashable, Sendable {
  public struct Level: Hashable, Sendable {
    public let code: String
    public let label: Label
  }

  /// From the widest to the narrowest.
  public let levels: [Level]
  /// All of them, retired ones too, in the pack's order.
  public let divisions: [Division]

  private let byCode: TextIndex
  private let positions: [DivisionCode: Int]
  private let byName: TextIndex
  /// Positions of the divisions that share a name with the one that `byName` finds.
  private let namesakes: [Int: [Int]]
  /// Positions of the divisions in use right below each one, in the pack's order.
  private let below: [[Int32]]

  /// The table must be sound: `PackReader` checks that parents and successors exist, without circles.
  init(levels: [Level], divisions: [Division]) {
    self.init(levels: levels, divisions: divisions, codes: divisions.map(\.code.description))
  }

  /// - Parameter codes: the divisions' codes as text, for who has them at hand.
  init(levels: [Level], divisions: [Division], codes: [String]) {
    self.levels = levels
    self.divisions = divisions
    var byCode = TextIndex(capacity: divisions.count)
    var byName = TextIndex(capacity: divisions.count)
    var namesakes: [Int: [Int]] = [:]
    var positions: [DivisionCode: Int] = Dictionary(minimumCapacity: divisions.count)
    for (i, division) in divisions.enumerated() {
      byCode.insert(codes[i], i)
      if let first = byName.insert(division.name, i) { namesakes[first, default: [first]].append(i) }
      positions[division.code] = i
    }
    var below = [[Int32]](repeating: [], count: divisions.count)
    for (i, division) in divisions.enumerated() where division.isInUse {
      if let parent = division.parent, let p = positions[parent] { below[p].append(Int32(i)) }
    }
    self.byCode = byCode
    self.positions = positions
    self.byName = byName
    self.namesakes = namesakes
    self.below = below
  }

  /// The division of exactly that code, in use or not.
  public subscript(code: DivisionCode) -> Division? { position(code).map { divisions[$0] } }

  private func position(_ code: DivisionCode) -> Int? { positions[code] }

  /// The divisions in use right below one.
  public func children(of code: DivisionCode) -> [Division] {
    position(code).map { below[$0].map { divisions[Int($0)] } } ?? []
  }

  /// What a division lies in, the nearest first; empty for the widest and for unknown ones.
  public func ancestors(of code: DivisionCode) -> [DivisionCode] {
    var found: [DivisionCode] = []
    var next = self[code]?.parent
    while let parent = next, found.count < divisions.count {
      found.append(parent)
      next = self[parent]?.parent
    }
    return found
  }

  /// The division itself and all in use below it, each before those below it.
  public func subtree(of code: DivisionCode) -> [DivisionCode] {
    guard let root = position(code) else { return [] }
    var found: [DivisionCode] = []
    var open = [Int32(root)]
    while let i = open.popLast() {
      found.append(divisions[Int(i)].code)
      open.append(contentsOf: below[Int(i)].reversed())
    }
    return found
  }

  /// Whether `code` is `other` or lies below it.
  public func isWithin(_ code: DivisionCode, _ other: DivisionCode) -> Bool {
    code == other || ancestors(of: code).contains(other)
  }

  /// How far below the widest division: 0 for one without a parent.
  public func depth(of code: DivisionCode) -> Int { ancestors(of: code).count }

  /// The division in use that a person means by a code or a name: a retired one stands for its successor.
  ///
  /// A name means the division in use of that name, or what became of all the retired ones that had it.
  public func resolve(_ text: String) -> Result<Division, Finding> {
    if let i = byCode.find(text) { return inUse(from: [i], text) }
    if let first = byName.find(text) {
      let all = namesakes[first] ?? [first]
      let living = all.filter { divisions[$0].isInUse }
      return inUse(from: living.isEmpty ? all : living, text)
    }
    let candidates = divisions.lazy.filter(\.isInUse).flatMap { [$0.name, $0.code.description] }
    let nearest = Nearest.match(for: text, among: candidates)
    return .failure(Finding(.unknownDivision, value: text, facts: Finding.guess(nearest)))
  }

  /// Divisions in use that may have been meant by a text that names none: whose name has its first two characters, or
  /// whose code its first four digits; where there are none, the uppermost ones.
  public func suggestions(for text: String, limit: Int = 8) -> [Division] {
    let (start, digits) = (text.prefix(2), text.prefix(4))
    let near = divisions.filter { division in
      division.isInUse
        && (start.count == 2 && division.name.contains(start)
          || digits.count == 4 && division.code.description.hasPrefix(digits))
    }
    let found = near.isEmpty ? divisions.filter { $0.isInUse && depth(of: $0.code) < 2 } : near
    return Array(found.prefix(limit))
  }

  private func inUse(from positions: [Int], _ text: String) -> Result<Division, Finding> {
    var found: [Int] = []
    for i in positions { collect(i, into: &found) }
    if found.count == 1 { return .success(divisions[found[0]]) }
    let successors = found.map { "\(divisions[$0].code) \(divisions[$0].name)" }
    return .failure(Finding(.retiredDivision, value: text, facts: [.successors(successors)]))
  }

  private func collect(_ i: Int, into found: inout [Int]) {
    if divisions[i].isInUse {
      if !found.contains(i) { found.append(i) }
      return
    }
    for successor in divisions[i].successors {
      if let next = position(successor), !found.contains(next) { found.append(next) }
    }
  }
}
