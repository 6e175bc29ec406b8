// swift-tools-version: 6.2
// What is measured by scripts/bench.
import PackageDescription

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS("26.0")],
    dependencies: [.package(name: "socketio-swift", path: "..")],
    targets: [
        .executableTarget(
            name: "bench-server",
            dependencies: [.product(name: "SocketIO", package: "socketio-swift")],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
