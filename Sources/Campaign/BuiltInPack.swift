/// The pack that comes with the program: its YAML, so that a fresh store has one.
public enum BuiltInPack {
  public static var yaml: [UInt8] { PackageResources.quality_month_2025_yaml }
}
