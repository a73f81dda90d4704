import Ledger

/// The reading half of `PackCodec`; each method has its pair in `PackEncoder`.
struct PackDecoder {
  private var reader: ByteReader
  private var texts: [String] = []

  var isAtEnd: Bool { reader.isAtEnd }

  /// Reads the form and the table of texts.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    reader = ByteReader(bytes)
    let form = try reader.readByte()
    guard form == PackCodec.form else { throw PackCodec.Fault.otherForm(form) }
    texts = try list { String(decoding: try $0.reader.readLengthPrefixed(), as: UTF8.self) }
  }

  mutating func pack() throws -> Pack {
    let info = try info()
    let items = try list { try $0.item() }
    let lists = try list { decoder in
      let name = try decoder.text()
      let entries = try decoder.list { decoder in
        CodeList.Entry(
          code: try decoder.text(), label: try decoder.label(), aliases: try decoder.list { try $0.text() })
      }
      return try CodeList(name: name, entries: entries)
    }
    let kinds = try list { try $0.kind(lists.count) }
    let levels = try list { DivisionTable.Level(code: try $0.text(), label: try $0.label()) }
    let names = try names()
    let codes = try names.map { name throws -> DivisionCode in
      guard let code = DivisionCode(name) else { throw PackCodec.Fault.damaged }
      return code
    }
    var divisions: [Division] = []
    divisions.reserveCapacity(codes.count)
    for code in codes { divisions.append(try division(code, codes)) }
    let reports = ReportColumns(sums: try table(), counts: try table(), roles: try table())
    let columns = RecordColumns(id: try self.names(), division: try self.names(), kind: try self.names())
    return Pack(
      info: info, items: items, lists: lists, kinds: kinds,
      divisions: DivisionTable(levels: levels, divisions: divisions, codes: names), reports: reports,
      columns: columns)
  }

  private mutating func info() throws -> CampaignInfo {
    CampaignInfo(
      lineage: try text(), version: try number(), title: try label(),
      theme: try optional { try $0.label() }, document: try optional { try $0.text() },
      issuer: try optional { try $0.text() }, currency: try optional { try $0.label() },
      period: try period(),
      submissionDeadline: try optional { try $0.date() }, slogans: try names())
  }

  private mutating func period() throws -> Period {
    let period = Period(from: try date(), to: try date(), toleranceDays: try narrow(try number()))
    guard period.isSound else { throw PackCodec.Fault.damaged }
    return period
  }

  private mutating func item() throws -> PlanItem {
    PlanItem(
      code: try text(), label: try label(), aliases: try names(), parent: try optional { try $0.text() })
  }

  private mutating func kind(_ listCount: Int) throws -> Kind {
    let code = try text()
    let label = try label()
    let fields = try list { try $0.field(listCount) }
    let groups = try list { decoder in
      FieldGroup(
        number: try decoder.cellNumber(), code: try decoder.text(), label: try decoder.label(),
        mergeRule: try decoder.choice(), members: try decoder.positions(fields.count))
    }
    for field in fields {
      if let group = field.group, !groups.indices.contains(group) { throw PackCodec.Fault.damaged }
    }
    return Kind(
      code: code, label: label, fields: fields, groups: groups,
      rules: try list { try $0.rule(fields.count) }, identity: try positions(fields.count),
      retiredNumbers: try list { try $0.cellNumber() })
  }

  private mutating func field(_ listCount: Int) throws -> Field {
    Field(
      number: try cellNumber(), code: try text(), label: try label(), aliases: try names(),
      type: try type(listCount), form: try choice(), isRequired: try reader.readByte() == 1,
      mergeRule: try choice(), group: try optional { try $0.number() },
      defaultValue: try optional { try $0.value() }, importDefault: try optional { try $0.value() },
      minimum: try optional { Int64(try $0.number()) },
      maximumByteCount: try optional { try $0.number() })
  }

  private mutating func type(_ listCount: Int) throws -> ValueType {
    switch try reader.readByte() {
    case 0: return .text
    case 1: return .date
    case 2: return .integer
    case 3: return .decimal
    case 4: return .money
    case 5: return .flag
    case 6: return .creditCode
    case 7: return .record
    case 8: return .attachment
    case 9:
      let list = try number()
      guard (0..<listCount).contains(list) else { throw PackCodec.Fault.damaged }
      return .code(list: list)
    default: throw PackCodec.Fault.damaged
    }
  }

  private mutating func rule(_ fieldCount: Int) throws -> Rule {
    let tag = try reader.readByte()
    let fields = try positions(fieldCount)
    switch (tag, fields.count) {
    case (0, 2): return .notGreater(fields[0], than: fields[1])
    case (1, 2): return .notBefore(fields[0], than: fields[1])
    case (2, 1): return .inPeriod(fields[0])
    case (3, _): return .unique(fields)
    case (4, _): return .uniquePerOffice(fields)
    case (5, 1):
      let name = try text()
      return .mark(
        name, when: Condition(field: fields[0], comparison: try choice(), value: try value()))
    default: throw PackCodec.Fault.damaged
    }
  }

  private mutating func division(_ code: DivisionCode, _ codes: [DivisionCode]) throws -> Division {
    Division(
      code: code, name: try text(), level: try text(),
      parent: try optional { try $0.oneOf(codes) }, firstYear: try optional { try $0.number() },
      retired: try optional { try $0.number() }, successors: try list { try $0.oneOf(codes) })
  }

  private mutating func oneOf<Element>(_ all: [Element]) throws -> Element {
    let i = try number()
    guard all.indices.contains(i) else { throw PackCodec.Fault.damaged }
    return all[i]
  }

  private mutating func table() throws -> [String: [String]] {
    var table: [String: [String]] = [:]
    for (key, names) in try list({ (try $0.text(), try $0.names()) }) { table[key] = names }
    return table
  }

  private mutating func value() throws -> Value {
    let shape = try reader.readByte()
    return try Value(shape: shape, from: &reader)
  }

  private mutating func label() throws -> Label { Label(chinese: try text(), english: try text()) }

  private mutating func names() throws -> [String] { try list { try $0.text() } }

  private mutating func text() throws -> String {
    let i = try reader.readVarint()
    guard i < UInt64(texts.count) else { throw PackCodec.Fault.damaged }
    return texts[Int(i)]
  }

  private mutating func number() throws -> Int { Int(unZigZag(try reader.readVarint())) }

  private mutating func narrow(_ number: Int) throws -> Int32 {
    guard let narrow = Int32(exactly: number) else { throw PackCodec.Fault.damaged }
    return narrow
  }

  private mutating func date() throws -> CivilDate { CivilDate(days: try narrow(try number())) }

  private mutating func cellNumber() throws -> UInt32 {
    let number = try number()
    guard (1...Int(Kind.maxNumber)).contains(number) else { throw PackCodec.Fault.damaged }
    return UInt32(number)
  }

  private mutating func positions(_ count: Int) throws -> [Int] {
    let positions = try list { try $0.number() }
    guard positions.allSatisfy((0..<count).contains) else { throw PackCodec.Fault.damaged }
    return positions
  }

  private mutating func choice<Choice: RawRepresentable<UInt8>>() throws -> Choice {
    guard let choice = Choice(rawValue: try reader.readByte()) else { throw PackCodec.Fault.damaged }
    return choice
  }

  private mutating func list<Element>(_ element: (inout Self) throws -> Element) throws -> [Element] {
    let count = try reader.readVarint()
    // Every element takes a byte at least, so that a wrong count cannot ask for memory.
    guard count <= UInt64(reader.remaining) else { throw PackCodec.Fault.damaged }
    var list: [Element] = []
    list.reserveCapacity(Int(count))
    for _ in 0..<count { list.append(try element(&self)) }
    return list
  }

  private mutating func optional<Wrapped>(_ wrapped: (inout Self) throws -> Wrapped) throws -> Wrapped? {
    try reader.readByte() == 0 ? nil : try wrapped(&self)
  }
}
