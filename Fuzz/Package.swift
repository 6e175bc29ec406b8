// swift-tools-version: 6.2
// One libFuzzer executable for each parser that reads a peer's bytes. Run them with scripts/fuzz.
import PackageDescription

/// A target's name is `Fuzz` and the name of what it feeds; its code is Sources/<name>/main.swift.
let names = [
    "FuzzBytes", "FuzzClient", "FuzzCluster", "FuzzDeflate", "FuzzEnginePayload", "FuzzForwarded", "FuzzHTTP",
    "FuzzInspector", "FuzzJSON", "FuzzMessagePack", "FuzzPacket", "FuzzWebSocket",
]

/// What a fuzzer needs besides the pure modules.
let products = ["FuzzCluster": ["SocketIO"], "FuzzForwarded": ["EngineIO"]]

/// The machines are `package`, so the fuzzers are compiled as if they were part of it.
///
/// SwiftPM names a package in the compiler's sense after the folder that it lies in.
let folder = Context.packageDirectory.split(separator: "/").dropLast().last.map(String.init) ?? ""
let packageName = String(folder.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })

let package = Package(
    name: "Fuzz",
    platforms: [.macOS("26.0")],
    dependencies: [.package(name: "socketio-swift", path: "..")],
    targets: [.target(name: "FuzzDriver")]
        + names.map { name in
            .executableTarget(
                name: name,
                dependencies: ["FuzzDriver"]
                    + (["_Machines"] + products[name, default: []]).map {
                        .product(name: $0, package: "socketio-swift")
                    },
                packageAccess: false,
                swiftSettings: [
                    .enableExperimentalFeature("Lifetimes"),
                    .unsafeFlags(["-package-name", packageName]),
                ],
                linkerSettings: [.unsafeFlags(["-use-ld=lld"])]
            )
        },
    swiftLanguageModes: [.v6]
)
