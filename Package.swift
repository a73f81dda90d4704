// swift-tools-version: 6.2
import PackageDescription

/// Every target of this package is held to the same rules: Swift 6, no import that leaks through an
/// API, no warning that stays.
let houseRules: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

/// The release binary carries the Swift runtime: one file to copy to an office, and it starts in less time.
let oneFile: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-Xclang-linker", "-no-pie", "-static-stdlib", "-lCoreFoundation", "-l_FoundationICU",
      "-l_FoundationCShims", "-l_FoundationCollections", "-Xlinker", "--no-export-dynamic",
    ], .when(configuration: .release))
]

let package = Package(
  name: "taizhang",
  products: [
    .executable(name: "taizhang", targets: ["taizhang"]),
    // The tests preload them into the program.
    .library(name: "SkewedClock", type: .dynamic, targets: ["SkewedClock"]),
    .library(name: "DiskTrace", type: .dynamic, targets: ["DiskTrace"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "Ledger", dependencies: ["COpenSSL"], swiftSettings: houseRules),
    .target(
      name: "Campaign", dependencies: ["Ledger", .product(name: "Yams", package: "Yams")],
      resources: [.embedInCode("Resources/quality-month-2025.yaml")], swiftSettings: houseRules),
    .target(
      name: "Store",
      dependencies: [
        "Ledger", "Campaign", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: houseRules),
    .target(name: "Texts", swiftSettings: houseRules),
    .target(name: "Trust", dependencies: ["Ledger", "COpenSSL"], swiftSettings: houseRules),
    .target(
      name: "Wire",
      dependencies: ["Ledger", "CZstd", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      swiftSettings: houseRules),
    .target(name: "Replication", dependencies: ["Ledger", "Wire"], swiftSettings: houseRules),
    .target(
      name: "Transport",
      dependencies: [
        "COpenSSL", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: houseRules),
    .target(
      name: "Node",
      dependencies: [
        "Ledger", "Campaign", "Trust", "Store", "Wire", "Replication", "Transport",
        .product(name: "NIOCore", package: "swift-nio"),
      ], swiftSettings: houseRules),
    .target(name: "Reports", dependencies: ["Ledger", "Campaign", "Store"], swiftSettings: houseRules),
    .executableTarget(
      name: "taizhang",
      dependencies: [
        "Ledger", "Campaign", "Trust", "Store", "Node", "Reports", "Texts",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: houseRules, linkerSettings: oneFile),
    .executableTarget(
      name: "taizhang-bench",
      dependencies: [
        "Ledger", "Campaign", "Store", "Node", .product(name: "GRDB", package: "GRDB.swift"),
      ], swiftSettings: houseRules, linkerSettings: oneFile),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: houseRules),
    .target(name: "SkewedClock", path: "Tests/SkewedClock"),
    .target(name: "DiskTrace", path: "Tests/DiskTrace"),
    .testTarget(
      name: "NodeTests",
      dependencies: [
        "TestSupport", "Node", "Store", "Campaign", "Ledger", "Trust", "Replication",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["Frozen"], swiftSettings: houseRules),
    .testTarget(
      name: "ReportsTests", dependencies: ["TestSupport", "Reports", "Node", "Store", "Campaign", "Ledger"],
      swiftSettings: houseRules),
    .testTarget(
      name: "Simulation",
      dependencies: [
        "TestSupport", "Node", "Store", "Campaign", "Ledger", "Trust", "Replication", "Wire",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["Transcripts", "Seeds"], swiftSettings: houseRules),
    .testTarget(
      name: "EndToEnd", dependencies: ["TestSupport", "taizhang"], swiftSettings: houseRules),
    .testTarget(name: "TextsTests", dependencies: ["TestSupport", "Texts"], swiftSettings: houseRules),
    .testTarget(
      name: "TrustTests", dependencies: ["TestSupport", "Trust", "Ledger", "COpenSSL"],
      swiftSettings: houseRules),
    .testTarget(
      name: "CampaignTests", dependencies: ["TestSupport", "Campaign", "Ledger"],
      resources: [.embedInCode("Resources/credit-codes.txt")], swiftSettings: houseRules),
    .testTarget(
      name: "TransportTests",
      dependencies: [
        "TestSupport", "Transport", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ], swiftSettings: houseRules),
    .testTarget(name: "LedgerTests", dependencies: ["TestSupport", "Ledger"], swiftSettings: houseRules),
    .testTarget(
      name: "WireTests",
      dependencies: [
        "TestSupport", "Wire", "Ledger", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], swiftSettings: houseRules),
    .testTarget(
      name: "ReplicationTests", dependencies: ["TestSupport", "Replication", "Wire", "Ledger"],
      swiftSettings: houseRules),
    .testTarget(
      name: "ProtocolTests",
      dependencies: ["TestSupport", "Ledger", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      swiftSettings: houseRules),
  ]
)
