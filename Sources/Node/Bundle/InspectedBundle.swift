extension LocalNode {
  /// A bundle as it was found without its key.
  public struct InspectedBundle: Sendable {
    public var manifest: BundleManifest
    /// Whether the key of its maker signed the manifest; who that is only a store that knows the region can tell.
    public var isSigned: Bool
    /// Whether the file is, to its last byte, what the manifest says.
    public var isWhole: Bool
    /// Why no recipient takes it.
    public var fault: BundleFault? { isSigned && isWhole ? nil : .altered }

    /// - Parameter now: this clock's time, in milliseconds since 1970.
    /// - Returns: how far its maker's clock is at least ahead of that; nil where it does not tell.
    public func drift(at now: Int64) -> Int64? {
      isSigned ? BundleClock(madeAt: manifest.madeAt, now: now).drift : nil
    }

    public init(manifest: BundleManifest, isSigned: Bool, isWhole: Bool) {
      self.manifest = manifest
      self.isSigned = isSigned
      self.isWhole = isWhole
    }
  }

  /// What a bundle says of itself, and whether it is that; its content is read and stays sealed.
  ///
  /// - Throws: `BundleFault` where it says nothing; `NodeError` where the file cannot be read.
  public static func inspectBundle(_ path: String) throws -> InspectedBundle {
    let reader = try BundleReader(path)
    func holds(_ check: () throws -> Void) throws -> Bool {
      do {
        try check()
        return true
      } catch BundleFault.altered {
        return false
      }
    }
    return InspectedBundle(
      manifest: reader.head.manifest, isSigned: try holds { _ = try reader.head.requireSigned() },
      isWhole: try holds(reader.checkContent))
  }
}
