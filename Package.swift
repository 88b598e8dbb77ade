// swift-tools-version: 6.2

import PackageDescription

/// What every line of ours is built with.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// A module of pure decisions: values in, values out.
func core(_ name: String, _ uses: Target.Dependency...) -> Target {
    .target(name: name, dependencies: uses, path: "Sources/Core/\(name)", swiftSettings: strict)
}

/// A module that meets one outside technology.
func adapter(_ name: String, exclude: [String] = [], _ uses: Target.Dependency...) -> Target {
    .target(
        name: name, dependencies: uses, path: "Sources/Adapters/\(name)", exclude: exclude,
        swiftSettings: strict)
}

/// The tests of one module, in the folder of its layer.
func tests(_ name: String, in layer: String, _ uses: Target.Dependency...) -> Target {
    .testTarget(name: name, dependencies: uses, path: "Tests/\(layer)/\(name)", swiftSettings: strict)
}

/// Tests may do what shipped code may not: meet the C library and skip strict memory safety.
let relaxed: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// A C library from Debian.
func library(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "sitewatch",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "sitewatch", targets: ["sitewatch"]),
        .executable(name: "site-simulator", targets: ["SiteSimulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        library("CModbus", pkgConfig: "libmodbus", apt: "libmodbus-dev"),
        .systemLibrary(name: "CLinux", path: "Sources/CLibraries/CLinux"),
        library("CMosquitto", pkgConfig: "libmosquitto", apt: "libmosquitto-dev"),
        library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        library("CXlsxWriter", pkgConfig: "xlsxwriter", apt: "libxlsxwriter-dev"),

        .systemLibrary(name: "CMalloc", path: "Sources/CLibraries/CMalloc"),

        core("Facility"),
        core("Acquisition", "Facility"),
        core("Rules", "Facility"),
        core("Alarms", "Facility"),
        core("Maintenance", "Facility", "Alarms"),
        core("Notices", "Facility", "Alarms", "Maintenance"),
        core("Trends", "Facility"),
        core("Engine", "Facility", "Rules", "Alarms", "Maintenance", "Notices"),

        adapter(
            "SiteConfig", "Facility", "Acquisition", "Rules", "Alarms", "Maintenance", "Notices", "Trends",
            "Engine", yams),
        adapter("ModbusField", "Facility", "Acquisition", "CModbus", "CLinux"),
        adapter(
            "MQTTField", exclude: ["Sparkplug/sparkplug.proto"], "Facility", "Acquisition", "CMosquitto",
            protobuf),
        adapter("Ledger", "Facility", "Rules", "Alarms", "Maintenance", "Notices", "Engine", grdb),
        adapter("Historian", "Facility", "Trends", grdb, system),
        adapter("Delivery", "Facility", "Alarms", "Maintenance", "Notices", "CCurl", crypto),
        adapter(
            "WebAPI", "Facility", "Acquisition", "Rules", "Alarms", "Maintenance", "Notices", "Trends",
            "Engine", hummingbird, hummingbirdCore, httpTypes, nioCore, nioPosix, logging, lifecycle),
        adapter("SystemService", "Facility", "CLinux", "CMalloc"),
        adapter("Spreadsheet", "Facility", "CXlsxWriter"),

        .target(
            name: "SiteDaemon",
            dependencies: [
                "Facility", "Acquisition", "Rules", "Alarms", "Maintenance", "Notices", "Trends", "Engine",
                "SiteConfig", "ModbusField", "MQTTField", "Ledger", "Historian", "Delivery", "WebAPI",
                "SystemService", logging, lifecycle,
            ], path: "Sources/App/SiteDaemon", swiftSettings: strict),
        .executableTarget(
            name: "sitewatch",
            dependencies: [
                "Facility", "Acquisition", "Rules", "Alarms", "Maintenance", "Notices", "Trends", "Engine",
                "SiteConfig", "Historian", "Ledger", "Delivery", "WebAPI", "SystemService", "Spreadsheet",
                "SiteDaemon", arguments, crypto, logging,
            ], path: "Sources/App/sitewatch", swiftSettings: strict),

        .target(
            name: "EquipmentModels", path: "simulators/EquipmentModels", swiftSettings: strict),
        .executableTarget(
            name: "SiteSimulator", dependencies: ["EquipmentModels", "CMosquitto", yams, arguments],
            path: "simulators/SiteSimulator", swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["SystemService"], path: "Tests/Support",
            swiftSettings: relaxed),
        .executableTarget(
            name: "HistoryWriter", dependencies: ["Facility", "Historian"],
            path: "Tests/Adapters/HistoryWriter", swiftSettings: strict),
        .executableTarget(
            name: "NoticeSender",
            dependencies: ["Facility", "Alarms", "Notices", "Engine", "Ledger", "Delivery"],
            path: "Tests/Adapters/NoticeSender", swiftSettings: relaxed),
        .executableTarget(
            name: "HistoryLoad", dependencies: ["Facility", "Historian", "SystemService", "Trends"],
            path: "Tests/Benchmarks/HistoryLoad", swiftSettings: relaxed),
        .executableTarget(
            name: "PlanLoad", dependencies: ["Facility", "Maintenance"],
            path: "Tests/Benchmarks/PlanLoad", swiftSettings: relaxed),
        .executableTarget(
            name: "RuleLoad", dependencies: ["Engine", "Facility", "Ledger", "Notices", "Rules"],
            path: "Tests/Benchmarks/RuleLoad", swiftSettings: relaxed),
        .executableTarget(
            name: "NoticeLoad",
            dependencies: ["Facility", "Alarms", "Notices", "Engine", "Ledger", "Delivery"],
            path: "Tests/Benchmarks/NoticeLoad", swiftSettings: relaxed),
        .executableTarget(
            name: "OrderLoad",
            dependencies: ["Alarms", "Engine", "Facility", "Ledger", "Maintenance", "Notices", "Rules"],
            path: "Tests/Benchmarks/OrderLoad", swiftSettings: relaxed),
        .target(
            name: "FuzzChecks", dependencies: ["Acquisition", "Facility", "Rules"],
            path: "Tests/Fuzzing/Checks",
            swiftSettings: strict),
        .testTarget(
            name: "FuzzingTests", dependencies: ["FuzzChecks"], path: "Tests/Fuzzing/FuzzingTests",
            swiftSettings: strict),
        tests("FacilityTests", in: "Core", "Facility"),
        tests("AcquisitionTests", in: "Core", "Acquisition", "Facility"),
        tests("RulesTests", in: "Core", "Rules", "Facility"),
        tests("AlarmsTests", in: "Core", "Alarms", "Facility"),
        tests("MaintenanceTests", in: "Core", "Maintenance", "Alarms", "Facility"),
        tests("NoticesTests", in: "Core", "Notices", "Alarms", "Maintenance", "Facility"),
        tests("TrendsTests", in: "Core", "Trends", "Facility"),
        tests("EngineTests", in: "Core", "Engine", "Rules", "Alarms", "Maintenance", "Notices", "Facility"),
        tests(
            "SiteConfigTests", in: "Adapters", "SiteConfig", "Acquisition", "Rules", "Alarms",
            "Maintenance", "Notices", "Trends",
            "Engine", "Facility"),
        tests(
            "ModbusFieldTests", in: "Adapters", "ModbusField", "SiteConfig", "Notices", "Acquisition",
            "Facility"),
        tests("MQTTFieldTests", in: "Adapters", "MQTTField", "Acquisition", "Facility", protobuf),
        tests(
            "LedgerTests", in: "Adapters", "Ledger", "Engine", "Rules", "Alarms", "Maintenance", "Notices",
            "Facility"),
        tests(
            "HistorianTests", in: "Adapters", "Historian", "HistoryWriter", "Trends", "Facility",
            "TestSupport"),
        tests(
            "DeliveryTests", in: "Adapters", "Delivery", "NoticeSender", "Ledger", "Engine", "Alarms",
            "Maintenance", "Notices", "Rules", "Facility", "TestSupport"),
        tests(
            "WebAPITests", in: "Adapters", "WebAPI", "Acquisition", "Engine", "Rules", "Alarms",
            "Maintenance", "Notices",
            "Trends", "Facility", hummingbird, hummingbirdTesting, httpTypes, nioCore, nioPosix, logging,
            lifecycle),
        tests(
            "SystemServiceTests", in: "Adapters", "SystemService", "Notices", "Facility", "TestSupport"),
        tests(
            "CommandTests", in: "App", "sitewatch", "Acquisition", "WebAPI", "SiteConfig", "Historian",
            "SystemService", "Ledger", "Spreadsheet",
            "Engine", "Rules",
            "Alarms",
            "Maintenance", "Notices", "Trends", "Facility", logging, arguments),
        tests("SiteDaemonTests", in: "App", "SiteDaemon", "Engine", "Rules", "Alarms", "Notices", "Facility"),
        .testTarget(
            name: "SimulatorTests",
            dependencies: [
                "EquipmentModels", "SiteSimulator", "SiteConfig", "Acquisition", "Engine", "Rules", "Alarms",
                "Notices", "Facility", yams,
            ],
            path: "Tests/SimulatorTests", swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Facility", "Rules", "Alarms", "Maintenance", "Notices", "Engine"],
            path: "Tests/SimulationTests", swiftSettings: strict),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "sitewatch", "SiteSimulator", "Alarms", "Delivery", "Facility", "MQTTField", "Notices",
                "WebAPI",
                "TestSupport",
            ],
            path: "Tests/IntegrationTests", exclude: ["modbus_server.py"], swiftSettings: relaxed),
        .testTarget(name: "TidyTests", path: "Tests/TidyTests", swiftSettings: strict),
    ]
)
