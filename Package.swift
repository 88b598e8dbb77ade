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
func adapter(_ name: String, _ uses: Target.Dependency...) -> Target {
    .target(name: name, dependencies: uses, path: "Sources/Adapters/\(name)", swiftSettings: strict)
}

/// The tests of one module, in the folder of its layer.
func tests(_ name: String, in layer: String, _ uses: Target.Dependency...) -> Target {
    .testTarget(name: name, dependencies: uses, path: "Tests/\(layer)/\(name)", swiftSettings: strict)
}

/// A C library from Debian.
func library(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
    name: "sitewatch",
    platforms: [.macOS(.v15)],
    targets: [
        library("CModbus", pkgConfig: "libmodbus", apt: "libmodbus-dev"),
        library("CMosquitto", pkgConfig: "libmosquitto", apt: "libmosquitto-dev"),
        library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),

        core("Facility"),
        core("Acquisition", "Facility"),
        core("Rules", "Facility"),
        core("Alarms", "Facility"),
        core("Maintenance", "Facility", "Alarms"),
        core("Notices", "Facility", "Alarms", "Maintenance"),
        core("Engine", "Facility", "Rules", "Alarms", "Maintenance", "Notices"),
    ]
)
