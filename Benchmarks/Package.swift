// swift-tools-version: 6.2
// What is measured by scripts/bench.
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS("26.0")],
    dependencies: [.package(name: "socketio-swift", path: "..")],
    targets: [
        .target(name: "Documents", swiftSettings: settings),
        .executableTarget(
            name: "bench-server",
            dependencies: ["Documents", .product(name: "SocketIO", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "bench-json",
            dependencies: ["Documents", .product(name: "SocketIO", package: "socketio-swift")],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
