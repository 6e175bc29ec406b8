import EngineIOProtocol
import SIOBytes
import SIOHTTP

extension EngineRequest {
    /// What the engine wants to know of a request.
    init(_ request: __shared HTTPRequest) {
        var (transport, eio, sid): (Transport, Version, String?) = (.unknown(nil), .other(nil), nil)
        var (hasB64, hasJ) = (false, false)
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
        self.init(
            Method(request.method), isUpgrade: request.wantsUpgrade(to: "websocket"), transport: transport, sid: sid,
            eio: eio, origin: request.headers["Origin"], hasB64: hasB64, hasJ: hasJ)
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
