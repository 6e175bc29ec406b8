import SIOBytes
import SIOWebSocket

extension Inspector {
    /// WebSocket frames, one after the other.
    mutating func frames(_ window: Window) -> [Finding] {
        guard !window.isEmpty else { return [window.fault("a frame was expected", at: 0)] }
        var findings: [Finding] = []
        var bytes = window.bytes
        let isMasked = window.count > 1 && window.bytes[1] & 0x80 != 0
        let limits = WebSocketLimits(maxMessageSize: .max, maxFrameSize: .max, maxFragments: .max)
        var decoder = WebSocketDecoder(role: isMasked ? .server : .client, limits: limits, mayBeCompressed: true)
        var offset = 0
        while offset < window.count {
            guard left > 0 else {
                cut(&findings, window, at: offset)
                return findings
            }
            guard let layout = FrameLayout(window, from: offset) else {
                return findings + [window.fault("the rest of a frame's header was expected", at: window.count)]
            }
            do throws(WebSocketError) {
                var elements = bytes.mutableSpan
                var span = unsafe elements.mutableBytes
                guard let step = try decoder.next(in: &span, from: offset) else {
                    let missing = window.fault(layout.missing(in: window), at: window.count)
                    return findings + [layout.finding(window, parts: [])] + [missing]
                }
                let unmasked = Window(bytes, base: window.base, isDerived: window.isDerived)
                add(layout.finding(window, parts: contents(of: step.event, layout, unmasked)), to: &findings)
                offset = step.end
                if case .close = step.event { break }
            } catch {
                let fault = window.fault("not expected: \(error.reason)", at: offset)
                return findings + [layout.finding(window, parts: [fault])]
            }
        }
        if offset < window.count {
            findings.append(window.fault("nothing was expected behind a close frame", at: offset))
        }
        return findings
    }

    private mutating func contents(of event: WebSocketEvent, _ layout: FrameLayout, _ window: Window) -> [Finding] {
        let payload = window.part(layout.payload)
        switch event {
        case .message(let kind, .window): return [message(kind, payload)]
        case .message(let kind, .assembled(let bytes)):
            return [
                payload.finding("payload", payload.readable, payload.all),
                message(kind, Window(bytes, isDerived: true)),
            ]
        case .compressed: return [payload.finding("compressed payload", payload.hexadecimal, payload.all)]
        case .fragment, .ping, .pong: return [payload.finding("payload", payload.readable, payload.all)]
        case .close(let frame):
            guard let code = frame.code else { return [] }
            let reason = payload.part(2..<payload.count)
            return [
                payload.finding("code", code.description, 0..<2),
                reason.finding("reason", reason.readable, reason.all),
            ]
        }
    }

    private mutating func message(_ kind: WebSocketMessageKind, _ payload: Window) -> Finding {
        var finding = payload.finding("message", payload.readable, payload.all)
        switch kind {
        case .text:
            // A WebSocket may carry other things than Engine.IO.
            let packet = enginePacket(payload)
            if packet.firstFault?.place != payload.place(0..<min(1, payload.count)) { finding.parts = [packet] }
        case .binary:
            finding.parts = [binaryMessage(payload)]
        }
        return finding
    }
}

/// Where the parts of a frame lie (RFC 6455 §5.2).
private struct FrameLayout {
    let start: Int
    let first: UInt8
    let isMasked: Bool
    /// Behind the lengths' bytes, where the masking key begins if there is one.
    let lengthEnd: Int
    /// As it is written, which may be more than there can be.
    let length: UInt64
    /// As much of it as there is.
    let payload: Range<Int>

    init?(_ window: Window, from start: Int) {
        let bytes = window.bytes[start...]
        guard bytes.count >= 2 else { return nil }
        self.start = start
        first = bytes[start]
        isMasked = bytes[start + 1] & 0x80 != 0
        let short = bytes[start + 1] & 0x7F
        let width = short < 126 ? 0 : short == 126 ? 2 : 8
        lengthEnd = start + 2 + width
        let payloadStart = lengthEnd + (isMasked ? 4 : 0)
        guard payloadStart <= window.count else { return nil }
        length = width == 0 ? UInt64(short) : bytes[start + 2..<lengthEnd].reduce(0) { $0 << 8 | UInt64($1) }
        let left = window.count - payloadStart
        payload = payloadStart..<payloadStart + Int(min(length, UInt64(left)))
    }

    func missing(in window: Window) -> String {
        "\(length - UInt64(payload.count)) more bytes of payload were expected"
    }

    func finding(_ window: Window, parts: [Finding]) -> Finding {
        let bits = [7, 6, 5, 4].map { first >> UInt8($0) & 1 == 1 ? "1" : "0" }
        let opcode = WebSocketOpcode(rawValue: first & 0x0F)
        let name = opcode.map { "\($0)" } ?? "unknown"
        var header = [
            window.finding(
                "header", "FIN \(bits[0]), RSV \(bits[1...].joined()), opcode \(first & 0x0F) (\(name))",
                start..<start + 1),
            window.finding("length", "\(length)\(isMasked ? ", masked" : "")", start + 1..<lengthEnd),
        ]
        if isMasked {
            let key = window.part(lengthEnd..<lengthEnd + 4)
            header.append(key.finding("masking key", key.hexadecimal, key.all))
        }
        return window.finding("WebSocket frame", name, start..<payload.upperBound, parts: header + parts)
    }
}
