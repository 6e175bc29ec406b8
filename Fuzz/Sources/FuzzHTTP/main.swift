import FuzzDriver
import SIOBytes
import SIOHTTP

// Requests and responses mean the same whole and cut in two, and a request that was accepted means the same once it is
// written again. The first byte chooses the cut, the second the method that a response answers and small limits.
fuzz { input in
    guard input.count > 2 else { return }
    let bytes = Array(input[2...])
    let chunks = cut(bytes, at: Int(input[0]) * bytes.count / 255)
    let method = [HTTPMethod.get, .head, .connect, .post][Int(input[1] & 3)]
    var limits = HTTPLimits()
    if input[1] & 4 != 0 {
        limits.maxRequestLine = 20
        limits.maxHeaderBytes = 60
        limits.maxHeaderCount = 4
        limits.maxBodySize = 8
        limits.maxChunkLine = 6
        limits.maxChunkExtensions = 8
        limits.maxInformationalResponses = 1
    }

    let whole = serve([bytes], limits)
    precondition(whole == serve(chunks, limits))
    precondition(fetch([bytes], method, limits) == fetch(chunks, method, limits))

    for request in whole.requests { precondition(again(request) == request) }
    readAddress(bytes)
}

/// An address that is taken says the same once it is written again, and a jar takes whatever is set there.
func readAddress(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let url = try? HTTPURL(text) {
        guard let again = try? HTTPURL(url.description) else { preconditionFailure("an address is lost") }
        precondition(again.host == url.host && again.port == url.port && again.target == url.target)
        _ = url.basicAuthorization
    }
    guard let url = try? HTTPURL("https://chat.example/engine.io/") else { return }
    var headers = HTTPHeaders()
    headers.add("Set-Cookie", text)
    var jar = CookieJar()
    jar.store(headers, from: url, now: 1000)
    precondition(jar.count <= 1)
    precondition(jar.header(for: url, now: 1000)?.contains("; ") != true, "one cookie became two")
}

/// What a connection came to, with the pieces of bodies joined.
struct Story: Equatable {
    var requests: [HTTPRequest] = []
    var log: [String] = []
    var body: [UInt8] = []
    var written: [UInt8] = []
}

/// Lets a server machine answer whatever arrives.
func serve(_ chunks: [[UInt8]], _ limits: HTTPLimits) -> Story {
    var story = Story()
    var machine = HTTPServerMachine(limits: limits)
    var out = ByteBuffer()
    do throws(HTTPError) {
        _ = try feed(chunks) { (window, offset) throws(HTTPError) in
            guard let step = try machine.next(in: &window, from: offset) else { return nil }
            switch step.event {
            case .head(let request):
                story.requests.append(request)
                story.log.append("head")
            case .body(let range):
                precondition(range.lowerBound >= offset && range.upperBound == step.end && !range.isEmpty)
                story.body += window.bytes.extracting(range).array
            case .end:
                story.log.append("end")
                if machine.canUpgrade() {
                    machine.upgrade(to: "x", headers: HTTPHeaders(), into: &out)
                } else {
                    story.log.append("\(machine.respond(.text("hello"), into: &out))")
                }
            }
            return step.end
        }
    } catch {
        story.log.append(error.rawValue)
        machine.respond(to: error, into: &out)
    }
    story.written = out.array
    return story
}

/// Reads a response and the end of the stream.
func fetch(_ chunks: [[UInt8]], _ method: HTTPMethod, _ limits: HTTPLimits) -> Story {
    var story = Story()
    var decoder = HTTPResponseDecoder(method: method, limits: limits)
    do throws(HTTPError) {
        let read = { (window: inout MutableRawSpan, offset: Int) throws(HTTPError) -> Int? in
            guard let step = try decoder.next(in: &window, from: offset) else { return nil }
            switch step.event {
            case .informational(let response), .head(let response):
                story.log.append("\(response.status) \(response.headers)")
            case .body(let range):
                precondition(range.lowerBound >= offset && range.upperBound == step.end && !range.isEmpty)
                story.body += window.bytes.extracting(range).array
            case .end:
                story.log.append("end, \(decoder.keepsAlive)")
            }
            return step.end
        }
        let rest = try feed(chunks, read)
        try decoder.receiveEnd()
        _ = try feed([rest], read)
    } catch {
        story.log.append(error.rawValue)
    }
    return story
}

/// Writes a request without its framing and reads it.
func again(_ request: HTTPRequest) -> HTTPRequest {
    var written = request
    if written.headers["Host"] == nil { written.headers["Host"] = "" }
    var buffer = ByteBuffer()
    HTTPRequestEncoder.append(written, into: &buffer)
    var decoder = HTTPRequestDecoder()
    var bytes = buffer.array
    var span = bytes.mutableSpan
    var window = span.mutableBytes
    guard case .head(var read)? = (try? decoder.next(in: &window, from: 0))?.event else {
        preconditionFailure("a request that was accepted is refused once it is written again")
    }
    // The encoder decides about the framing; everything else is as it was.
    for name in ["Content-Length", "Transfer-Encoding"] {
        precondition(read.headers.values(of: name).count <= 1)
        read.headers[name] = nil
        written.headers[name] = nil
    }
    precondition(read == written)
    return request
}
