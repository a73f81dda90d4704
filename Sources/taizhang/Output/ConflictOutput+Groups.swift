import Ledger
import Node
import Store
import Texts

/// Candidates by what they hold: several may have written, or settled, the same.
extension ConflictOutput {
  /// What the candidates hold, each value once (`groups`) with whose it is and when.
  /// - Parameters:
  ///   - clock: how a moment is written.
  ///   - longest: so many characters of each at most, where they differ.
  func values(at clock: (Int64) -> String, longest: Int = .max) -> [String] {
    let texts = Excerpts.of(groups.map { text(of: $0[0]) }, longest: longest, context: 20)
    return zip(groups, texts).map { group, value in
      let whose = group.map {
        "\(author($0))\(output.words("，", ", "))\(clock(conflict.candidates[$0].time))"
      }
      let list = whose.joined(separator: output.words("；", "; "))
      return output.words("\(value)（\(list)）", "\(value) (\(list))")
    }
  }

  /// Which of the groups a candidate is in.
  func group(of index: Int) -> Int { groups.firstIndex { $0.contains(index) } ?? index }

  /// The candidates by what they hold, each group by the numbers of those who hold the same, in the order in which they are
  /// listed. Where a rule breaks, or a deletion is in dispute, each stands for itself.
  var groups: [[Int]] {
    guard conflict.reason == .concurrent else { return conflict.candidates.indices.map { [$0] } }
    var places: [WriteContent: Int] = [:]
    return conflict.candidates.indices.reduce(into: []) { groups, index in
      let content = conflict.candidates[index].content
      if let place = places[content] { return groups[place].append(index) }
      places[content] = groups.count
      groups.append([index])
    }
  }
}
