import Ledger

/// A checked pack as bytes that are quick to read: a command that starts has no time to parse YAML.
///
/// This is a cache beside the YAML, of this program's version only; nothing signed or sent rests on it.
/// Every text stands once, in a table at the front, and is named by its number from then on.
public enum PackCodec {
  /// Rises with every change of the form, so that an older cache is read anew from its YAML.
  public static let form: UInt8 = 4

  public enum Fault: Error, Hashable, Sendable {
    /// Of another version of this program.
    case otherForm(UInt8)
    case damaged
  }

  public static func encode(_ pack: Pack) -> [UInt8] {
    var encoder = PackEncoder()
    encoder.write(pack)
    var out = ByteWriter(capacity: encoder.body.count * 2)
    out.write(byte: form)
    out.write(varint: UInt64(encoder.texts.count))
    for text in encoder.texts { out.write(lengthPrefixed: text.utf8) }
    out.write(bytes: encoder.body.bytes)
    return out.bytes
  }

  public static func decode(_ bytes: [UInt8]) throws(Fault) -> Pack {
    do {
      return try bytes.withUnsafeBytes { bytes in
        var decoder = try PackDecoder(bytes)
        let pack = try decoder.pack()
        guard decoder.isAtEnd else { throw Fault.damaged }
        return pack
      }
    } catch let fault as Fault {
      throw fault
    } catch {
      throw .damaged
    }
  }
}

/// The writing half of `PackCodec`; each method has its pair in `PackDecoder`.
struct PackEncoder {
  private(set) var texts: [String] = []
  private(set) var body = ByteWriter(capacity: 16 * 1024)
  private var known: [String: Int] = [:]

  mutating func write(_ pack: Pack) {
    write(pack.info)
    write(pack.items) { $0.write($1) }
    write(pack.lists) { out, list in
      out.write(list.name)
      out.write(list.entries) { out, entry in
        out.write(entry.code)
        out.write(entry.label)
        out.write(entry.aliases) { $0.write($1) }
      }
    }
    write(pack.kinds) { $0.write($1) }
    write(pack.divisions.levels) { out, level in
      out.write(level.code)
      out.write(level.label)
    }
    let divisions = pack.divisions.divisions
    write(divisions) { $0.write($1.code.description) }
    var positions: [DivisionCode: Int] = [:]
    for (i, division) in divisions.enumerated() { positions[division.code] = i }
    for division in divisions { write(division, positions) }
    for table in [pack.reports.sums, pack.reports.counts, pack.reports.roles] { write(table) }
    for names in [pack.columns.id, pack.columns.division, pack.columns.kind] {
      write(names) { $0.write($1) }
    }
  }

  private mutating func write(_ info: CampaignInfo) {
    write(info.lineage)
    write(info.version)
    write(info.title)
    write(optional: info.theme) { $0.write($1) }
    write(optional: info.document) { $0.write($1) }
    write(optional: info.issuer) { $0.write($1) }
    write(optional: info.currency) { $0.write($1) }
    write(Int(info.period.from.days))
    write(Int(info.period.to.days))
    write(Int(info.period.toleranceDays))
    write(optional: info.submissionDeadline) { $0.write(Int($1.days)) }
    write(info.slogans) { $0.write($1) }
  }

  private mutating func write(_ item: PlanItem) {
    write(item.code)
    write(item.label)
    write(item.aliases) { $0.write($1) }
    write(optional: item.parent) { $0.write($1) }
  }

  private mutating func write(_ kind: Kind) {
    write(kind.code)
    write(kind.label)
    write(kind.fields) { $0.write($1) }
    write(kind.groups) { out, group in
      out.write(Int(group.number))
      out.write(group.code)
      out.write(group.label)
      out.body.write(byte: group.mergeRule.rawValue)
      out.write(group.members) { $0.write($1) }
    }
    write(kind.rules) { $0.write($1) }
    write(kind.identity) { $0.write($1) }
    write(kind.retiredNumbers) { $0.write(Int($1)) }
  }

  private mutating func write(_ field: Field) {
    write(Int(field.number))
    write(field.code)
    write(field.label)
    write(field.aliases) { $0.write($1) }
    write(field.type)
    body.write(byte: field.form.rawValue)
    body.write(byte: field.isRequired ? 1 : 0)
    body.write(byte: field.mergeRule.rawValue)
    write(optional: field.group) { $0.write($1) }
    write(optional: field.defaultValue) { $0.write($1) }
    write(optional: field.importDefault) { $0.write($1) }
    write(optional: field.minimum) { $0.write(Int($1)) }
    write(optional: field.maximumByteCount) { $0.write($1) }
  }

  private mutating func write(_ type: ValueType) {
    switch type {
    case .text: body.write(byte: 0)
    case .date: body.write(byte: 1)
    case .integer: body.write(byte: 2)
    case .decimal: body.write(byte: 3)
    case .money: body.write(byte: 4)
    case .flag: body.write(byte: 5)
    case .creditCode: body.write(byte: 6)
    case .record: body.write(byte: 7)
    case .attachment: body.write(byte: 8)
    case .code(let list):
      body.write(byte: 9)
      write(list)
    }
  }

  private mutating func write(_ rule: Rule) {
    switch rule {
    case .notGreater(let a, let b): write(tag: 0, [a, b])
    case .notBefore(let a, let b): write(tag: 1, [a, b])
    case .inPeriod(let i): write(tag: 2, [i])
    case .unique(let list): write(tag: 3, list)
    case .uniquePerOffice(let list): write(tag: 4, list)
    case .mark(let name, let condition):
      write(tag: 5, [condition.field])
      write(name)
      body.write(byte: condition.comparison.rawValue)
      write(condition.value)
    }
  }

  private mutating func write(tag: UInt8, _ fields: [Int]) {
    body.write(byte: tag)
    write(fields) { $0.write($1) }
  }

  /// Other divisions are named by their position: a code is dear to make from a text.
  private mutating func write(_ division: Division, _ positions: [DivisionCode: Int]) {
    write(division.name)
    write(division.level)
    write(optional: division.parent.flatMap { positions[$0] }) { $0.write($1) }
    write(optional: division.firstYear) { $0.write($1) }
    write(optional: division.retired) { $0.write($1) }
    write(division.successors.compactMap { positions[$0] }) { $0.write($1) }
  }

  private mutating func write(_ table: [String: [String]]) {
    write(table.sorted { $0.key < $1.key }) { out, entry in
      out.write(entry.key)
      out.write(entry.value) { $0.write($1) }
    }
  }

  private mutating func write(_ value: Value) {
    body.write(byte: value.shape)
    value.writePayload(to: &body)
  }

  private mutating func write(_ label: Label) {
    write(label.chinese)
    write(label.english)
  }

  private mutating func write(_ text: String) {
    if let i = known[text] { return body.write(varint: UInt64(i)) }
    known[text] = texts.count
    body.write(varint: UInt64(texts.count))
    texts.append(text)
  }

  private mutating func write(_ number: Int) { body.write(varint: zigZag(Int64(number))) }

  private mutating func write<Element>(_ list: [Element], _ element: (inout Self, Element) -> Void) {
    body.write(varint: UInt64(list.count))
    for item in list { element(&self, item) }
  }

  private mutating func write<Wrapped>(
    optional value: Wrapped?, _ wrapped: (inout Self, Wrapped) -> Void
  ) {
    body.write(byte: value == nil ? 0 : 1)
    if let value { wrapped(&self, value) }
  }
}
