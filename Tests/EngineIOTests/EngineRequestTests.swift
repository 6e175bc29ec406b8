import EngineIOProtocol
import SIOHTTP
import Testing

@testable import EngineIO

/// What the engine reads from a request.
@Suite struct `A request becomes the engine's` {
    @Test(
        arguments: [
            ("/", EngineRequest(method: "GET", transport: nil, eio: nil)),
            ("/?EIO=4&transport=websocket", EngineRequest(method: "GET", transport: "websocket")),
            ("/?transport=polling&EIO=3&sid=a", EngineRequest(method: "GET", transport: "polling", sid: "a", eio: "3")),
            ("/?%45IO=%34&transport=web%73ocket", EngineRequest(method: "GET", transport: "websocket")),
            ("/?EIO=4+&transport=WebSocket", EngineRequest(method: "GET", transport: "WebSocket", eio: "4 ")),
            ("/?EIO=&EIO=4&transport=&transport=polling", EngineRequest(method: "GET", transport: "", eio: "")),
            ("/?EIO=4&EIO=3&sid=a%2Fb&sid=c", EngineRequest(method: "GET", transport: nil, sid: "a/b")),
            ("/?j=0&b64", EngineRequest(method: "GET", transport: nil, eio: nil, hasB64: true, hasJ: true)),
        ])
    func `the first of several items counts, decoded`(target: String, expected: EngineRequest) {
        #expect(EngineRequest(HTTPRequest(target: target)) == expected)
    }

    @Test(arguments: ["GET", "POST", "PUT", "get"])
    func `method, upgrade and origin are taken over`(method: String) {
        let request = HTTPRequest(
            method: HTTPMethod(method), target: "/",
            headers: ["Connection": "upgrade", "Upgrade": "WebSocket", "Origin": "http://a.example"])
        #expect(
            EngineRequest(request)
                == EngineRequest(method: method, isUpgrade: true, transport: nil, eio: nil, origin: "http://a.example"))
    }
}
