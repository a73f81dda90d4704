import Ledger
import TestSupport
import Testing

@testable import Campaign

@Suite struct DateFormTests {
  @Test(arguments: [
    "2025-09-03", "2025-9-3", "2025/9/3", "2025/09/03", "2025.9.3", "2025.09.03", "2025年9月3日", "2025年09月03日",
    "2025年9月3号", "二〇二五年九月三日", "二○二五年九月三日", "二零二五年九月三日", "2025年九月3日", "20250903", "45903",
    "２０２５－０９－０３", "２０２５／９／３", "２０２５．９．３", "２０２５年９月３日", "２０２５０９０３", "４５９０３",
    " 2025-09-03 ", "　2025年9月3日　", "2025 年 9 月 3 日", "\u{feff}2025-09-03",
  ]) func everyListedWayIsTheSameDay(text: String) {
    #expect(normal(text, .date) == .success(day("2025-09-03")))
  }

  @Test func chineseMonthsAndDays() {
    #expect(normal("二〇二五年十二月三十一日", .date) == .success(day("2025-12-31")))
    #expect(normal("二〇二五年十月十日", .date) == .success(day("2025-10-10")))
    #expect(normal("二〇二五年十一月二十日", .date) == .success(day("2025-11-20")))
    #expect(normal("二〇二五年九月廿三日", .date) == .success(day("2025-09-23")))
    #expect(normal("二〇二五年九月一日", .date) == .success(day("2025-09-01")))
  }

  @Test(arguments: [
    "九月某日", "2025-09", "2025", "202509", "2025年9月", "2025-09-03 10:30", "2025-09-03T00:00", "2025-9/3",
    "2025-09-03.", "-45903", "45903.5", "99999", "10000", "昨天", "2025年9月3日左右", "约2025-09-03", "2025--09-03",
    "二五年九月三日", "二〇二五年三三月三日", "二〇二五年〇月三日", "9月3日", "2025-09-003", "12025-09-03", "0", "1",
    "2025，9，3", "2025年9月3", "2025 09 03", "2025-09-03 2025-09-04", "000045903", "2 025-09-03",
  ]) func wildOnesAreRefused(text: String) {
    guard case .failure = normal(text, .date) else { return #expect(Bool(false), "\(text) was taken") }
  }

  @Test func whatCanBeReadInTwoWaysNamesBoth() {
    #expect(
      normal("03/09/2025", .date) == .failure(FormFault(.ambiguous, .readings(["2025-09-03", "2025-03-09"]))))
    #expect(
      normal("25-9-3", .date).failure?.code == .notADate)
    #expect(
      normal("10-9-11", .date)
        == .failure(FormFault(.ambiguous, .readings(["2010-09-11", "2011-09-10", "2011-10-09"]))))
    #expect(normal("13/09/2025", .date) == .failure(FormFault(.notADate, .nearest("2025-09-13"))))
    #expect(normal("010203", .date).failure?.code == .ambiguous)
  }

  @Test func daysThatDoNotExist() {
    for text in ["2025-02-29", "2025-13-01", "2025年9月31日", "20250931", "2025-00-10", "2025-09-00"] {
      #expect(normal(text, .date).failure?.code == .noSuchDay, "\(text)")
    }
    #expect(normal("2024-02-29", .date) == .success(day("2024-02-29")))
    #expect(normal("0205-09-03", .date).failure?.code == .outOfRange)
  }

  @Test func aSpreadsheetsNumberIsADateNearThePeriodOnly() {
    #expect(normal("45901", .date) == .success(day("2025-09-01")))
    #expect(normal("40000", .date) == .success(day("2009-07-06")))
    #expect(normal("38000", .date).failure?.code == .notADate)
    #expect(normal("54000", .date).failure?.code == .notADate)
  }

  @Test func everyDayComesBack() {
    let seed: UInt64 = 20_250_903
    var rng = SeededRandom(seed: seed)
    for _ in 0..<3000 {
      let days = Int32.random(in: -25_567...84_005, using: &rng)
      let date = CivilDate(days: days)
      let (year, month, dayOfMonth) = date.parts
      #expect(CivilDate(year: year, month: month, day: dayOfMonth) == date, "seed \(seed), day \(days)")
      for text in [
        date.description, "\(year)/\(month)/\(dayOfMonth)", "\(year)年\(month)月\(dayOfMonth)日",
        chinese(year, month, dayOfMonth),
      ] {
        #expect(normal(text, .date) == .success(.date(days)), "seed \(seed), \(text)")
      }
    }
    #expect(CivilDate(year: 1970, month: 1, day: 1)?.days == 0)
    #expect(CivilDate(iso: "2000-03-01")?.days == 11_017)
  }

  private func chinese(_ year: Int32, _ month: Int32, _ day: Int32) -> String {
    let digits = Array("〇一二三四五六七八九")
    func tens(_ n: Int32) -> String {
      let (ten, one) = (Int(n / 10), Int(n % 10))
      let front = ten == 0 ? "" : ten == 1 ? "十" : "\(digits[ten])十"
      return front + (one == 0 ? "" : String(digits[one]))
    }
    let years = String(year).map { digits[Int(String($0))!] }
    return String(years) + "年\(tens(month))月\(tens(day))日"
  }
}

extension Result {
  var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
  var success: Success? { if case .success(let success) = self { success } else { nil } }
}
