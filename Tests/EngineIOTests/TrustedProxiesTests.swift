import SIOHTTP
import SIONet
import TestSupport
import Testing

@testable import EngineIO

/// Where requests come from, behind proxies.
@Suite struct TrustedProxiesTests {
    static let peer = SocketAddress(host: "10.0.0.1", port: 5000)

    func client(_ proxies: TrustedProxies, _ headers: HTTPHeaders) -> String {
        let client = proxies.client(of: Self.peer, isSecure: false, headers)
        return (client.address?.host ?? "nobody") + (client.isSecure ? " secure" : "")
    }

    @Test(arguments: [
        ("", "10.0.0.1"),
        ("203.0.113.7", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("1.1.1.1, unknown", "10.0.0.1"),
        ("1.1.1.1, \"", "10.0.0.1"),
        ("\", 203.0.113.7", "203.0.113.7"),
    ])
    func `behind one proxy the last one counts, whatever a client wrote before`(list: String, expected: String) {
        #expect(client(.hops(1), ["X-Forwarded-For": list]) == expected)
        #expect(client(.none, ["X-Forwarded-For": list]) == "10.0.0.1")
        #expect(client(.addresses(["192.0.2.0/24"]), ["X-Forwarded-For": list]) == "10.0.0.1")
    }

    @Test func `hops are counted, addresses are walked`() {
        let headers: HTTPHeaders = [
            "X-Forwarded-For": "1.1.1.1, 203.0.113.7, 10.0.0.3, 10.0.0.2",
            "X-Forwarded-Proto": "https, https, http, http",
        ]
        #expect(client(.hops(1), headers) == "10.0.0.2")
        #expect(client(.hops(3), headers) == "203.0.113.7 secure")
        #expect(client(.hops(9), headers) == "1.1.1.1 secure")
        #expect(client(.addresses(["10.0.0.0/8"]), headers) == "203.0.113.7 secure")
        #expect(client(.addresses(["10.0.0.1", "10.0.0.2"]), headers) == "10.0.0.3")
        #expect(client(.addresses(["0.0.0.0/0"]), headers) == "1.1.1.1 secure")
        #expect(client(.addresses([]), headers) == "10.0.0.1")
    }

    @Test func `only the field that is meant is believed`() {
        let headers: HTTPHeaders = [
            "X-Forwarded-For": "1.1.1.1", "X-Forwarded-Proto": "https",
            "Forwarded": "for=2.2.2.2;proto=https, for=\"[2001:db8::1]:99\";proto=http",
        ]
        #expect(client(.hops(1), headers) == "1.1.1.1 secure")
        #expect(client(.hops(1, field: .forwarded), headers) == "2001:db8::1")
        #expect(client(.hops(2, field: .forwarded), headers) == "2.2.2.2 secure")
        #expect(client(.addresses(["10.0.0.0/8"], field: .forwarded), headers) == "2001:db8::1")
    }

    @Test(arguments: [1, 3])
    func `sessions and checks see the client's address`(loops: Int) async throws {
        var configuration = EngineServer.Configuration()
        configuration.trustedProxies = .addresses(["127.0.0.1"])
        configuration.allowRequest = { $0.remoteAddress?.host == "203.0.113.7" && $0.isSecure ? .allow : .refuse() }
        try await withEngine(loops: loops, configuration) { _, peer, recorder in
            let client = try peer.connect()
            client.send(Peer.get())
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 403 "))
            client.send(Peer.get(nil, "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"))
            #expect(client.receiveBody().hasPrefix("0{"))
            #expect(recorder.now.last?.remoteAddress?.host == "203.0.113.7")
            #expect(recorder.now.last?.request.isSecure == true)
        }
    }

    @Test func `without trust the fields mean nothing`() async throws {
        try await withEngine(loops: 1) { _, peer, recorder in
            let client = try peer.connect()
            client.send(
                Peer.get(nil, "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nForwarded: for=1.1.1.1\r\n"))
            #expect(client.receiveBody().hasPrefix("0{"))
            #expect(recorder.now.last?.remoteAddress?.host == "127.0.0.1")
            #expect(recorder.now.last?.request.isSecure == false)
        }
    }
}
