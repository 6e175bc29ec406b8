import SIOBytes
import SIOHTTP
import TestSupport
import Testing

/// What a decoder found, apart from where it lay: the pieces of a body are joined, since a cut divides them.
enum Found: Equatable {
    case request(HTTPRequest)
    case response(HTTPResponse)
    case informational(HTTPResponse)
    case body(String)
    case end
}

typealias Reading = Transcript<Found, HTTPError>

private func join(_ transcript: Reading) -> Reading {
    var joined = transcript
    joined.events = []
    for event in transcript.events {
        if case .body(let more) = event, case .body(let text)? = joined.events.last {
            joined.events[joined.events.count - 1] = .body(text + more)
        } else {
            joined.events.append(event)
        }
    }
    return joined
}

private func describe(_ event: HTTPRequestDecoder.Event, _ window: RawSpan) -> Found {
    switch event {
    case .head(let request): .request(request)
    case .body(let range): .body(window.extracting(range).string)
    case .end: .end
    }
}

private func describe(_ event: HTTPResponseDecoder.Event, _ window: RawSpan) -> Found {
    switch event {
    case .informational(let response): .informational(response)
    case .head(let response): .response(response)
    case .body(let range): .body(window.extracting(range).string)
    case .end: .end
    }
}

func read(_ chunks: [[UInt8]], _ limits: HTTPLimits = HTTPLimits()) -> Reading {
    join(HTTPRequestDecoder(limits: limits).transcript(of: chunks, describe: describe))
}

func read(_ text: String, _ limits: HTTPLimits = HTTPLimits()) -> Reading {
    read([Array(text.utf8)], limits)
}

func readResponse(_ chunks: [[UInt8]], to method: HTTPMethod = .get, _ limits: HTTPLimits = HTTPLimits()) -> Reading {
    join(HTTPResponseDecoder(method: method, limits: limits).transcript(of: chunks, describe: describe))
}

func readResponse(_ text: String, to method: HTTPMethod = .get, _ limits: HTTPLimits = HTTPLimits()) -> Reading {
    readResponse([Array(text.utf8)], to: method, limits)
}

/// Asks a server machine for all that it finds in `unread` now, and drops what it consumed.
func drain(_ machine: inout HTTPServerMachine, _ unread: inout ByteBuffer) throws(HTTPError) -> [Found] {
    var found: [Found] = []
    let consumed = try unread.withMutableBytes { window throws(HTTPError) in
        var offset = 0
        while let step = try machine.next(in: &window, from: offset) {
            found.append(describe(step.event, window.bytes))
            offset = step.end
        }
        return offset
    }
    unread.consume(consumed)
    return found
}

extension ByteBuffer {
    init(text: String) {
        self.init(Array(text.utf8))
    }

    var text: String { bytes.string }
}

extension HTTPLimits {
    /// Limits of which one is different.
    static func with<Value>(_ path: WritableKeyPath<HTTPLimits, Value>, _ value: Value) -> HTTPLimits {
        var limits = HTTPLimits()
        limits[keyPath: path] = value
        return limits
    }
}

/// A table's row that prints its own name.
struct Row<Expected: Sendable>: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let expected: Expected

    init(_ name: String, _ text: String, _ expected: Expected) {
        self.name = name
        self.text = text
        self.expected = expected
    }

    var testDescription: String { name }
}
