import EngineIOProtocol
import SIOBytes
import SIOHTTP

extension EngineRequest {
    /// What the engine wants to know of a request.
    init(_ request: __shared HTTPRequest) {
        self.init(
            Method(request.method), isUpgrade: request.wantsUpgrade(to: "websocket"), origin: request.headers["Origin"])
        // Of several items with one name, the first.
        request.forEachQueryItem { name, value in
            if name.equals("EIO") {
                if case .other(nil) = eio { eio = Version(value) }
            } else if name.equals("transport") {
                if case .unknown(nil) = transport { transport = Transport(value) }
            } else if name.equals("sid") {
                if sid == nil { sid = HTTPRequest.decodeQueryValue(value) }
            } else if name.equals("b64") {
                hasB64 = true
            } else if name.equals("j") {
                hasJ = true
            }
        }
    }
}

// What nearly all say is found where it lies; the rest is decoded first, and may mean the same.

extension EngineRequest.Method {
    fileprivate init(_ method: HTTPMethod) {
        self = method == .get ? .get : method == .post ? .post : Self(method.name)
    }
}

extension EngineRequest.Transport {
    fileprivate init(_ value: RawSpan) {
        self = value.equals("websocket") ? .known(.websocket) : Self(HTTPRequest.decodeQueryValue(value))
    }
}

extension EngineRequest.Version {
    fileprivate init(_ value: RawSpan) {
        self = value.equals("4") ? .four : Self(HTTPRequest.decodeQueryValue(value))
    }
}
