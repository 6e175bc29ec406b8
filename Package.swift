// swift-tools-version: 6.2
// Socket.IO for Swift. The list of modules, and who may import whom, is explained in ARCHITECTURE.md.
import PackageDescription

/// What every module is built with: imports are internal and visible only where they are written.
let everywhere: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

/// The pure modules hold no socket, clock or thread, and mark each unsafe expression.
let pure: [SwiftSetting] = everywhere + [.strictMemorySafety()]

func module(_ name: String, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = everywhere) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        swiftSettings: everywhere
    )
}

/// On Linux the headers are where every compiler looks, and the file's flags are ones that the package manager refuses
/// with a warning in each build; with Homebrew they are not.
#if os(macOS)
    let simdjsonPkgConfig: String? = "simdjson"
#else
    let simdjsonPkgConfig: String? = nil
#endif

let package = Package(
    name: "socketio-swift",
    platforms: [.macOS("26.0")],
    products: [
        .library(name: "SocketIO", targets: ["SocketIO"]),
        .library(name: "EngineIO", targets: ["EngineIO"]),
        .library(name: "EngineIOClient", targets: ["EngineIOClient"]),
        .library(name: "SocketIOClient", targets: ["SocketIOClient"]),
        .library(name: "WebSocket", targets: ["WebSocket"]),
        .executable(name: "socketio", targets: ["socketio-tool"]),
        .library(name: "SocketIOTesting", targets: ["SocketIOTesting"]),
        // The pure modules, for Fuzz/ alone: no promise to anybody.
        .library(
            name: "_Machines",
            targets: [
                "SIOBytes", "SIOJSON", "SIOMessagePack", "SIOHTTP", "SIOWebSocket", "EngineIOProtocol",
                "SocketIOProtocol", "SIOInspector",
            ]
        ),
    ],
    targets: [
        // C and C++ libraries: module maps and shims, nothing else.
        .systemLibrary(
            name: "CLibUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"]), .brew(["libuv"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CSimdJSONLibrary",
            pkgConfig: simdjsonPkgConfig,
            providers: [.apt(["libsimdjson-dev"]), .brew(["simdjson"])]
        ),
        .target(
            name: "CSimdJSON",
            dependencies: ["CSimdJSONLibrary"],
            linkerSettings: [
                .linkedLibrary("simdjson"),
                .linkedLibrary("stdc++", .when(platforms: [.linux])),
            ]
        ),

        // Pure machines: bytes and time in, events and bytes out.
        module("SIOBytes", [], pure),
        module("SIOCrypto", ["SIOBytes", "COpenSSL"], pure),
        module("SIOJSON", ["SIOBytes", "CSimdJSON"], pure),
        module("SIOMessagePack", ["SIOBytes", "SIOJSON"], pure),
        module("SIOHTTP", ["SIOBytes"], pure),
        module("SIOWebSocket", ["SIOBytes", "SIOCrypto", "CZlib"], pure),
        module("EngineIOProtocol", ["SIOBytes"], pure),
        module("SocketIOProtocol", ["SIOBytes", "SIOJSON", "SIOMessagePack"], pure),

        // What both ends' sockets have in common: events, listeners, emitters, acknowledgements.
        module("SIOEvents", ["SIOBytes", "SIOJSON", "SocketIOProtocol"], pure),
        module(
            "SIOInspector",
            [
                "SIOBytes", "SIOJSON", "SIOMessagePack", "SIOHTTP", "SIOWebSocket", "EngineIOProtocol",
                "SocketIOProtocol",
            ], pure),

        // Drivers: sockets, loops, and the public faces.
        module("SIONet", ["SIOBytes", "SIOHTTP", "SIOWebSocket", "CLibUV", "COpenSSL"]),
        module("WebSocket", ["SIOBytes", "SIOHTTP", "SIOWebSocket", "SIONet"]),
        module("EngineIO", ["SIOBytes", "SIOHTTP", "SIOWebSocket", "EngineIOProtocol", "SIONet"]),
        module("EngineIOClient", ["SIOBytes", "SIOHTTP", "SIOWebSocket", "EngineIOProtocol", "SIONet"]),
        .target(
            name: "SocketIO",
            dependencies: [
                "SIOBytes", "SIOJSON", "SIOHTTP", "SIOWebSocket", "SocketIOProtocol", "SIOEvents", "SIONet",
                "EngineIOProtocol",
                "EngineIO",
            ],
            exclude: ["Browser/socket.io.esm.js"],
            resources: [.embedInCode("Browser/socket.io.js")],
            swiftSettings: everywhere
        ),
        module(
            "SocketIOClient",
            [
                "SIOBytes", "SIOJSON", "SIOHTTP", "SIOWebSocket", "SocketIOProtocol", "SIOEvents", "SIONet",
                "EngineIOProtocol",
                "EngineIOClient",
            ]
        ),
        module(
            "SocketIOTesting",
            [
                "SIOBytes", "SIOJSON", "SIOEvents", "SIONet", "EngineIOProtocol", "EngineIOClient", "SocketIOProtocol",
                "SocketIO",
                "SocketIOClient",
            ]
        ),

        // The command-line tool.
        .executableTarget(
            name: "socketio-tool",
            dependencies: [
                "SIOBytes", "SIOJSON", "SIOHTTP", "SIOEvents", "SIOInspector", "SIONet", "SocketIO", "SocketIOClient",
            ],
            swiftSettings: everywhere
        ),

        .target(
            name: "TestSupport",
            dependencies: ["SIOBytes", "SIOWebSocket", "COpenSSL"],
            path: "Tests/TestSupport",
            swiftSettings: everywhere
        ),
        tests("SIOBytes", []),
        tests("SIOCrypto", ["SIOBytes"]),
        tests("SIOJSON", ["SIOBytes"]),
        tests("SIOMessagePack", ["SIOBytes", "SIOJSON"]),
        tests("SIOHTTP", ["SIOBytes"]),
        tests("SIOWebSocket", ["SIOBytes", "SIOCrypto"]),
        tests("EngineIOProtocol", ["SIOBytes", "SocketIOTesting"]),
        tests(
            "SocketIOProtocol",
            ["SIOBytes", "SIOJSON", "SIOMessagePack", "EngineIOProtocol", "SocketIOTesting"]),
        tests("SIOInspector", ["SIOBytes", "SIOJSON", "SocketIOProtocol"]),
        tests(
            "socketio-tool",
            ["SIOBytes", "SIOJSON", "SIOHTTP", "SIOEvents", "SocketIO", "SocketIOClient", "SocketIOTesting"]),
        tests("SIONet", ["SIOBytes", "SIOHTTP", "SIOWebSocket", "CLibUV", "COpenSSL"]),
        tests("WebSocket", ["SIOBytes", "SIONet", "SIOHTTP", "SIOWebSocket"]),
        tests("EngineIO", ["SIOBytes", "SIONet", "SIOHTTP", "SIOWebSocket", "EngineIOProtocol"]),
        tests("EngineIOClient", ["SIOBytes", "SIONet", "SIOHTTP", "SIOWebSocket", "EngineIOProtocol", "EngineIO"]),
        tests("SocketIOClient", ["SIONet", "SIOWebSocket", "SocketIO", "SocketIOTesting"]),
        tests(
            "SocketIO",
            [
                "SIOBytes", "SIOJSON", "SIOMessagePack", "SIONet", "SIOHTTP", "SIOWebSocket", "EngineIO",
                "SocketIOProtocol", "SocketIOTesting",
            ]
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
