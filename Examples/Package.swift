// swift-tools-version: 6.2
// Programs that use the package as anybody would.
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Examples",
    platforms: [.macOS("26.0")],
    dependencies: [.package(name: "socketio-swift", path: "..")],
    targets: [
        .executableTarget(
            name: "conformance-server",
            dependencies: [
                .product(name: "SocketIO", package: "socketio-swift"),
                .product(name: "EngineIO", package: "socketio-swift"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "scenario-server",
            dependencies: [.product(name: "SocketIO", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "client-scenario",
            dependencies: [.product(name: "SocketIOClient", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "soak-server",
            dependencies: [.product(name: "SocketIO", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "chat",
            dependencies: [.product(name: "SocketIO", package: "socketio-swift")],
            path: "Sources/Chat",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "quickstart",
            dependencies: [.product(name: "SocketIO", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "quickstart-client",
            dependencies: [.product(name: "SocketIOClient", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "hello",
            dependencies: [.product(name: "SocketIOClient", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "guides",
            dependencies: [
                .product(name: "SocketIO", package: "socketio-swift"),
                .product(name: "SocketIOClient", package: "socketio-swift"),
                .product(name: "WebSocket", package: "socketio-swift"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "websocket-echo",
            dependencies: [.product(name: "WebSocket", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .target(
            name: "ShopEvents", dependencies: [.product(name: "SocketIOClient", package: "socketio-swift")],
            swiftSettings: settings),
        .executableTarget(
            name: "shop-server",
            dependencies: ["ShopEvents", .product(name: "SocketIO", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "shop-client",
            dependencies: ["ShopEvents", .product(name: "SocketIOClient", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "relay",
            dependencies: [
                .product(name: "SocketIO", package: "socketio-swift"),
                .product(name: "SocketIOClient", package: "socketio-swift"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "bot",
            dependencies: [.product(name: "SocketIOClient", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "bridge",
            dependencies: [.product(name: "SocketIOClient", package: "socketio-swift")],
            swiftSettings: settings
        ),
        .testTarget(name: "ChatTests", dependencies: ["chat"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
