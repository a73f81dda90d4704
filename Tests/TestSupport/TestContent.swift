/// Bytes that no two seeds share and no two places of them: random ones are dear where megabytes are wanted.
public enum TestContent {
  public static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    let block = random.bytes(4096)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + block.count)
    var number: UInt64 = 0
    while bytes.count < count {
      withUnsafeBytes(of: (seed &* 0x9e37_79b9_7f4a_7c15 ^ number).bigEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: block)
      number += 1
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}
