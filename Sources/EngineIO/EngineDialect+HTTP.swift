import EngineIOProtocol
import SIOBytes
import SIOHTTP

/// What polling's bodies are in a session's dialect.
extension EngineDialect {
    /// The answer to a GET that takes a payload.
    func answer(_ payload: [UInt8], to request: HTTPRequest) -> (body: [UInt8], type: String) {
        guard isVersion3 else { return (payload, Self.text) }
        // A payload of JSONP is text, and the reference answers with a script as with a text.
        if contains(.jsonp) { return (JSONP.script(payload, index: request.queryItem("j") ?? ""), Self.text) }
        return (payload, Self.isBinary(payload: payload) ? "application/octet-stream" : Self.text)
    }

    private static var text: String { "text/plain; charset=UTF-8" }

    /// The payload that a POST's body carries: nothing, if it is a form without one.
    func payload(ofPost body: [UInt8]) -> [UInt8] {
        guard contains(.jsonp) else { return body }
        return FormBody.item("d", in: body).map(JSONP.payload) ?? []
    }
}
