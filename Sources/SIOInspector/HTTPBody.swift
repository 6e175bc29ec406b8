import SIOBytes
import SIOHTTP

/// Where the body of a message lies, as the parser finds it.
struct HTTPBody {
    /// Its pieces: several where it is chunked.
    private(set) var pieces: [Range<Int>] = []
    /// Where the message ends.
    private(set) var end = 0
    private(set) var isComplete = false
    /// Whether what follows is of another protocol.
    private(set) var isUpgrade = false
    /// Whether the body may be one of Engine.IO's polling.
    private(set) var isEngine = false

    /// Generous: what is looked at is in memory already.
    private static var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.maxBodySize = .max
        return limits
    }

    /// Of a message that begins at an offset; nothing is changed in the bytes.
    init(isResponse: Bool, in bytes: inout [UInt8], from start: Int) throws(HTTPError) {
        if isResponse {
            try self.init(ofResponseIn: &bytes, from: start)
        } else {
            try self.init(ofRequestIn: &bytes, from: start)
        }
    }

    private init(ofRequestIn bytes: inout [UInt8], from start: Int) throws(HTTPError) {
        end = start
        var decoder = HTTPRequestDecoder(limits: Self.limits)
        while let step = try Self.next(&decoder, in: &bytes, from: end) {
            end = step.end
            switch step.event {
            case .head(let request):
                isUpgrade = request.wantsUpgrade(to: "websocket")
                isEngine = request.queryItem("EIO") != nil
            case .body(let range): pieces.append(range)
            case .end:
                isComplete = true
                return
            }
        }
    }

    private init(ofResponseIn bytes: inout [UInt8], from start: Int) throws(HTTPError) {
        end = start
        var decoder = HTTPResponseDecoder(method: .get, limits: Self.limits)
        while let step = try Self.next(&decoder, in: &bytes, from: end) {
            end = step.end
            switch step.event {
            case .informational: continue
            case .head(let response):
                isUpgrade = response.status == .switchingProtocols
                let type = response.headers["Content-Type"] ?? ""
                isEngine = type.hasPrefix("text/plain") || type.hasPrefix("application/octet-stream")
            case .body(let range): pieces.append(range)
            case .end: isComplete = true
            }
            if isComplete { return }
        }
        guard isComplete == false, (try? decoder.receiveEnd()) != nil else { return }
        isComplete = true
    }

    private static func next<Decoder: StreamDecoder>(
        _ decoder: inout Decoder, in bytes: inout [UInt8], from offset: Int
    ) throws(HTTPError) -> Step<Decoder.Event>? where Decoder.Failure == HTTPError {
        var elements = bytes.mutableSpan
        var window = unsafe elements.mutableBytes
        return try decoder.next(in: &window, from: offset)
    }

    /// The body, joined if it is in pieces; nil if there is none.
    func content(of window: Window) -> Window? {
        guard let first = pieces.first else { return nil }
        if pieces.count == 1 { return window.part(first) }
        return Window(pieces.flatMap { window.bytes[$0] }, isDerived: true)
    }
}
