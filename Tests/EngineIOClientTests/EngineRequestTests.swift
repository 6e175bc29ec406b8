import EngineIOProtocol
import SIOHTTP
import TestSupport
import Testing

@testable import EngineIOClient
@testable import SIONet

@Suite(.timeLimit(.minutes(1))) struct EngineRequestTests {
    private struct Fixed: RandomNumberGenerator {
        mutating func next() -> UInt64 { 0 }
    }

    private func target(
        _ address: String, _ transport: EngineTransport = .polling, id: String? = nil,
        _ change: (inout EngineClientOptions) -> Void = { _ in }
    ) throws -> String {
        var options = EngineClientOptions()
        change(&options)
        var generator = Fixed()
        return EngineRequestMaker(try HTTPURL(address), options).url(transport, id: id, using: &generator).target
    }

    @Test func `a request names version, transport and session, and is never from a cache`() throws {
        #expect(try target("http://x") == "/engine.io/?EIO=4&transport=polling&t=0")
        #expect(try target("http://x/any/path", .websocket) == "/engine.io/?EIO=4&transport=websocket")
        #expect(try target("http://x", id: "a b") == "/engine.io/?EIO=4&transport=polling&t=0&sid=a%20b")
        #expect(try target("http://x") { $0.timestampRequests = false } == "/engine.io/?EIO=4&transport=polling")
        #expect(
            try target("http://x", .websocket) {
                $0.timestampRequests = true
                $0.timestampParam = "ts"
            } == "/engine.io/?EIO=4&transport=websocket&ts=0")
    }

    @Test(arguments: [
        ("/socket.io", true, "/socket.io/"), ("/socket.io/", true, "/socket.io/"), ("/socket.io", false, "/socket.io"),
        ("socket.io/", false, "/socket.io"), ("/", true, "/"), ("", true, "/"), ("/", false, "/"),
        ("/a?b", false, "/a%3Fb"),
    ])
    func `the path has the slash that was asked for`(path: String, slash: Bool, written: String) throws {
        let found = try target("http://x", .websocket) {
            $0.path = path
            $0.addTrailingSlash = slash
        }
        #expect(found == written + "?EIO=4&transport=websocket")
    }

    @Test func `the address's query and the options' are sent, without what is the protocol's`() throws {
        let found = try target("http://x/?token=a%20b&EIO=3&flag&transport=x&sid=y", .websocket) {
            $0.query = [("who", "you & me"), ("sid", "z"), ("ü", "")]
        }
        #expect(found == "/engine.io/?EIO=4&transport=websocket&token=a%20b&flag&who=you%20%26%20me&%C3%BC=")
    }

    @Test func `base64 is asked for once on polling, and on each WebSocket`() throws {
        let force = { (options: inout EngineClientOptions) in options.forceBase64 = true }
        #expect(try target("http://x", .polling, force).hasSuffix("&b64=1"))
        #expect(try !target("http://x", .polling, id: "S", force).contains("b64"))
        #expect(try target("http://x", .websocket, id: "S", force).contains("&b64=1&sid=S"))
    }

    @Test func `a transport's own fields stand in the stead of those of all`() throws {
        var options = EngineClientOptions()
        options.extraHeaders = ["Authorization": "all", "X-All": "1", "Cookie": "own=1"]
        options.transportHeaders = [.websocket: ["authorization": "socket"]]
        let maker = EngineRequestMaker(try HTTPURL("http://user:pass@x"), options)
        let polling = maker.headers(.polling, cookies: "jar=2")
        #expect(polling["Authorization"] == "all")
        #expect(polling["Cookie"] == "own=1; jar=2")
        let webSocket = maker.headers(.websocket, cookies: nil)
        #expect(webSocket.values(of: "Authorization") == ["socket"])
        #expect(webSocket["X-All"] == "1")
        #expect(webSocket["Cookie"] == "own=1")
        let bare = EngineRequestMaker(try HTTPURL("http://user:pass@x"), EngineClientOptions())
        #expect(bare.headers(.polling, cookies: nil)["Authorization"] == "Basic dXNlcjpwYXNz")
    }

    @Test func `cookies come back on GETs, POSTs and WebSockets, in the next session too`() async throws {
        for isOn in [true, false] {
            let heads = Shared<[String]>([])
            let server = try RawServer { peer, _ in
                while case let head = peer.receiveRequest().head, !head.isEmpty {
                    heads.change { $0.append(head) }
                    if head.contains("Upgrade: websocket") {
                        return peer.send("HTTP/1.1 503 Busy\r\nSet-Cookie: ws=1\r\nContent-Length: 0\r\n\r\n")
                    }
                    if head.hasPrefix("POST") {
                        peer.send(ok("ok", "Set-Cookie: post=1\r\n"))
                    } else if head.contains("sid=") {
                        peer.send(ok("6"))
                    } else {
                        peer.send(ok(handshake(upgrades: "\"websocket\""), "Set-Cookie: sticky=A; Path=/\r\n"))
                    }
                }
            }
            try await withClientLoop { loop in
                let memory = await loop.call { LoopBound(EngineClientMemory(), to: loop) }
                var options = EngineClientOptions()
                options.withCredentials = isOn
                for _ in 0..<2 {
                    let client = try await loop.client("http://127.0.0.1:\(server.port)", options, memory: memory)
                    await client.send("hello")
                    #expect(await eventually { heads.value.contains { $0.hasPrefix("POST") } })
                    #expect(await eventually { heads.value.contains { $0.contains("Upgrade: websocket") } })
                    await client.close()
                    #expect(await client.has("closed"))
                }
            }
            let first = heads.value.first ?? ""
            #expect(!first.contains("Cookie:"))
            for kind in ["POST", "Upgrade: websocket", "GET"] {
                let later = heads.value.dropFirst().filter { $0.contains(kind) }
                #expect(!later.isEmpty)
                #expect(later.allSatisfy { $0.contains("sticky=A") == isOn }, "\(kind)")
            }
            let anew = heads.value.dropFirst().filter { !$0.contains("sid=") }
            #expect(anew.count == 1 && anew.allSatisfy { $0.contains("post=1") == isOn })
        }
    }
}
