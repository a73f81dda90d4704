import Ledger
import TestSupport
import Testing

@testable import Campaign

@Suite struct NumberFormTests {
  @Test(arguments: [
    ("5000", "5000"), ("5,000", "5000"), ("5，000", "5000"), ("5000元", "5000"), ("5000.00元", "5000"),
    ("￥5000", "5000"), ("¥5,000.50", "5000.5"), ("￥ 5000 元", "5000"), ("1.2万元", "12000"), ("1.2万", "12000"),
    ("184.92万人民币", "1849200"), ("6,000(万)", "60000000"), ("6,000（万元）", "60000000"), ("人民币5000元", "5000"),
    ("5000元整", "5000"), ("5000元人民币", "5000"), ("１２３４．５", "1234.5"), ("0", "0"), ("0.00", "0"),
    ("3亿元", "300000000"),
    ("0.5", "0.5"), ("1,234,567.89", "1234567.89"), ("800元", "800"), ("3,000.00", "3000"), ("2千元", "2000"),
    ("1.23456万元", "12345.6"), ("(6,000)", ""), ("1,2345", ""), ("12,34", ""), ("1.234,56", ""),
    ("5000元5角", ""),
    ("5000美元", ""), ("$5000", ""), ("约5000", ""), ("5000余元", ""), ("1e5", ""), (".5", ""), ("5.", ""),
    ("5 000", ""),
    ("五千元", ""), ("1万2", ""), ("1,,000", ""), (",100", ""), ("100,", ""), ("--5", ""), ("万元", ""),
    ("5000(", ""),
    ("5000()", ""), ("￥", ""), ("5000元元", ""), ("NaN", ""), ("0x10", ""),
    ("0,500", ""), ("0,012", ""), ("00,500", ""), ("012,345", ""), ("1,012", "1012"),
    ("1,000,500", "1000500"),
  ]) func moneyAsItIsWritten(text: String, expected: String) {
    let form = normal(text, .money)
    if expected.isEmpty {
      #expect(form.failure != nil, "\(text)")
    } else {
      #expect(form == .success(.decimal(expected)), "\(text)")
    }
  }

  @Test func moneyIsNeverNegativeAndHasTwoDecimals() {
    #expect(normal("-5", .money).failure?.code == .negative)
    #expect(normal("1.234", .money).failure?.code == .tooPrecise)
    #expect(normal("1.230", .money) == .success(.decimal("1.23")))
    #expect(normal("9999999999999999999", .money).failure?.code == .tooLarge)
    #expect(normal("999999999999999999亿", .money).failure?.code == .tooLarge)
  }

  @Test func wholeNumbers() {
    for (text, number) in [
      ("12", 12), ("1,234", 1234), ("１２", 12), ("12.0", 12), ("1.2万", 12000), ("-3", -3), ("+3", 3),
      (" 7 ", 7),
      ("007", 7), ("0", 0),
    ] as [(String, Int64)] {
      #expect(normal(text, .integer) == .success(.integer(number)), "\(text)")
    }
    #expect(normal("12.5", .integer).failure?.code == .notWhole)
    for text in ["12人", "十二", "12 13", "1-2", "", "--", "1元", "300余"] where !text.isEmpty {
      #expect(normal(text, .integer).failure != nil, "\(text)")
    }
  }

  @Test func decimalsHaveOneSpelling() {
    for (text, expected) in [
      ("1.50", "1.5"), ("1.0", "1"), ("-0", "0"), ("-0.0", "0"), ("0.10", "0.1"), ("-1.50", "-1.5"),
      ("00.5", "0.5"),
      ("１．５", "1.5"), ("100", "100"), ("-0.05", "-0.05"),
    ] {
      #expect(normal(text, .decimal) == .success(.decimal(expected)), "\(text)")
    }
    #expect(normal("4学时", .decimal).failure?.code == .notANumber)
  }

  @Test func amountsComeBackFromTheirDisplay() {
    let seed: UInt64 = 42
    var rng = SeededRandom(seed: seed)
    for _ in 0..<2000 {
      let cents = Int64.random(in: 0...1_000_000_000_000, using: &rng)
      let text = ScaledNumber(mantissa: cents, scale: 2).text
      let shown = DisplayForm.money(text)
      #expect(shown.split(separator: ".").last?.count == 2, "seed \(seed), \(text)")
      #expect(normal(shown, .money) == .success(.decimal(text)), "seed \(seed), \(shown)")
    }
  }

  @Test func numbersCompareAcrossScales() {
    #expect(ScaledNumber.compare(ScaledNumber("1.5")!, ScaledNumber("1.50")!) == 0)
    #expect(
      ScaledNumber.compare(ScaledNumber("999999999999999999")!, ScaledNumber("0.00000000000000001")!) == 1)
    #expect(ScaledNumber.compare(ScaledNumber("-2")!, ScaledNumber("1")!) == -1)
  }
}
