import SIOBytes
import SIOWebSocket
import TestSupport
import Testing

// The groups are those of the Autobahn test suite.

@Suite struct `Autobahn 1: messages in one frame` {
    @Test(arguments: each([0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537]))
    func `a message of any size is found`(role: WebSocketRole, size: Int) {
        let text = [UInt8](repeating: UInt8(ascii: "*"), count: size)
        #expect(decode(frame(1, text, to: role), as: role) == Outcome(events: [.text(text)]))
        let binary = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        #expect(decode(frame(2, binary, to: role), as: role) == Outcome(events: [.binary(binary)]))
    }

    @Test(arguments: roles) func `messages follow one another`(role: WebSocketRole) {
        let bytes = frame(1, "one", to: role) + frame(2, [2, 0xFF], to: role) + frame(1, "", to: role)
        #expect(decode(bytes, as: role) == Outcome(events: [.text("one"), .binary([2, 0xFF]), .text("")]))
    }

    @Test(arguments: roles) func `a message in one frame is not copied`(role: WebSocketRole) throws {
        var bytes = [0xAA] + frame(1, "Hello", to: role)
        var decoder = WebSocketDecoder(role: role)
        let start = bytes.count - 5
        var span = bytes.mutableSpan
        var window = span.mutableBytes
        let step = try #require(try decoder.next(in: &window, from: 1))
        #expect(step.event == .message(.text, .window(start..<start + 5)))
        #expect(step.end == start + 5)
    }

    @Test(arguments: roles) func `a frame that is not complete stays as it is`(role: WebSocketRole) throws {
        let all = frame(1, "Hello, incomplete", to: role)
        for count in 0..<all.count {
            var bytes = Array(all[..<count])
            var decoder = WebSocketDecoder(role: role)
            var span = bytes.mutableSpan
            var window = span.mutableBytes
            #expect(try decoder.next(in: &window, from: 0) == nil)
            #expect(bytes == Array(all[..<count]))
        }
    }
}

@Suite struct `The short way of whole messages` {
    @Test(arguments: roles) func `a whole message is found where it lies`(role: WebSocketRole) throws {
        for opcode: UInt8 in [1, 2] {
            var bytes = [0xAA] + frame(opcode, "Hello", to: role) + frame(9, to: role)
            let end = bytes.count - frame(9, to: role).count
            var decoder = WebSocketDecoder(role: role)
            var span = bytes.mutableSpan
            var window = span.mutableBytes
            let message = try #require(try decoder.nextMessage(in: &window, from: 1))
            #expect(message.kind == (opcode == 1 ? .text : .binary))
            #expect(message.payload == end - 5..<end)
            #expect(window.bytes.extracting(message.payload).array == Array("Hello".utf8))
            #expect(try decoder.nextMessage(in: &window, from: end) == nil)
        }
    }

    @Test(arguments: roles) func `what is none stays as it is, for the long way`(role: WebSocketRole) throws {
        let compressed: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        let others: [([UInt8], Found)] = [
            (frame(9, "ping", to: role), .ping(Array("ping".utf8))),
            (frame(10, "pong", to: role), .pong(Array("pong".utf8))),
            (frame(1, "half", fin: false, to: role), .fragment),
            (frame(1, compressed, rsv: 4, to: role), .compressed(.text, compressed)),
            (frame(8, to: role), .close(WebSocketCloseFrame())),
        ]
        for (all, found) in others {
            var bytes = all
            var decoder = WebSocketDecoder(role: role, mayBeCompressed: true)
            var span = bytes.mutableSpan
            var window = span.mutableBytes
            #expect(try decoder.nextMessage(in: &window, from: 0) == nil)
            #expect(window.bytes.array == all)
            let step = try #require(try decoder.next(in: &window, from: 0))
            #expect(Found(step.event, in: window.bytes) == found)
            #expect(step.end == all.count)
        }
    }

    @Test func `it keeps the rules of the long way`() throws {
        var decoder = WebSocketDecoder(role: .server)
        for bytes in [frame(1, [0xFF], to: .server), frame(1, "unmasked", to: .client), frame(0, "x", to: .server)] {
            var copy = bytes
            var span = copy.mutableSpan
            var window = span.mutableBytes
            #expect(throws: WebSocketError.self) { try decoder.nextMessage(in: &window, from: 0) }
        }
    }
}

@Suite struct `Autobahn 2: pings and pongs` {
    static let payloads: [[UInt8]] = [
        [], Array("Hello, world!".utf8), [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF],
        .init(repeating: 0xFE, count: 125),
    ]

    @Test(arguments: each(payloads)) func `a ping and a pong have their bytes`(role: WebSocketRole, payload: [UInt8]) {
        let bytes = frame(9, payload, to: role) + frame(10, payload, to: role)
        #expect(decode(bytes, as: role) == Outcome(events: [.ping(payload), .pong(payload)]))
    }

    @Test(arguments: each([UInt8(8), 9, 10]))
    func `a control frame of 126 bytes is refused`(role: WebSocketRole, opcode: UInt8) {
        let bytes = frame(opcode, .init(repeating: 0xFE, count: 126), to: role)
        #expect(decode(bytes, as: role) == Outcome(failure: .longControlFrame))
    }

    @Test(arguments: roles) func `ten pings are ten events`(role: WebSocketRole) {
        let payloads = (0..<10).map { Array("payload-\($0)".utf8) }
        let bytes = payloads.flatMap { frame(9, $0, to: role) }
        #expect(decode(bytes, as: role) == Outcome(events: payloads.map { .ping($0) }))
    }
}

@Suite struct `Autobahn 3: reserved bits` {
    @Test(arguments: each(Array(UInt8(1)...7))) func `a reserved bit is refused`(role: WebSocketRole, rsv: UInt8) {
        for opcode in [0, 1, 2, 8, 9, 10] as [UInt8] {
            let bad = frame(opcode, "*", rsv: rsv, to: role)
            #expect(decode(bad, as: role) == Outcome(failure: .reservedBits))
            let behind = frame(1, "Hello", to: role) + bad + frame(9, to: role)
            #expect(decode(behind, as: role) == Outcome(events: [.text("Hello")], failure: .reservedBits))
        }
    }

    @Test func `raw bytes behind an upgrade are an error and no trap`() {
        // CVE-2022-21676
        #expect(decode(Array("test".utf8), as: .server) == Outcome(failure: .reservedBits))
    }
}

@Suite struct `Autobahn 4: reserved opcodes` {
    @Test(arguments: each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8]))
    func `an unknown opcode is refused`(role: WebSocketRole, opcode: UInt8) {
        #expect(decode(frame(opcode, to: role), as: role) == Outcome(failure: .unknownOpcode(opcode)))
        let behind = frame(1, "Hello", to: role) + frame(opcode, "more", to: role) + frame(9, to: role)
        #expect(decode(behind, as: role) == Outcome(events: [.text("Hello")], failure: .unknownOpcode(opcode)))
    }
}

@Suite struct `Autobahn 10: automatic fragmentation` {
    @Test(arguments: roles) func `a long message in many fragments is one message`(role: WebSocketRole) {
        let text = [UInt8](repeating: UInt8(ascii: "*"), count: 65_536)
        var parts = chunks(of: text, size: 1300)
        let last = parts.removeLast()
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() { bytes += frame(index == 0 ? 1 : 0, part, fin: false, to: role) }
        bytes += frame(0, last, to: role)
        let expected = Outcome(events: parts.map { _ in .fragment } + [.text(text)])
        #expect(decode(bytes, as: role) == expected)
    }
}

@Suite struct `RFC 6455 §5.1 and §5.2: masks and lengths` {
    @Test func `a client has to mask and a server must not`() {
        #expect(decode(frame(1, "Hello", to: .client), as: .server) == Outcome(failure: .unmaskedFrame))
        #expect(decode(frame(1, "Hello", to: .server), as: .client) == Outcome(failure: .maskedFrame))
    }

    @Test(
        arguments: [
            ([126, 0, 0], .lengthNotMinimal),
            ([126, 0, 125], .lengthNotMinimal),
            ([127, 0, 0, 0, 0, 0, 0, 0, 5], .lengthNotMinimal),
            ([127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .lengthNotMinimal),
            ([127, 0x80, 0, 0, 0, 0, 0, 0, 0], .lengthHighBit),
            ([127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .lengthHighBit),
            ([127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .frameTooBig),
        ] as [([UInt8], WebSocketError)])
    func `a length that nobody should write is refused`(length: [UInt8], error: WebSocketError) {
        #expect(decode([0x82] + length, as: .client) == Outcome(failure: error))
        #expect(decode([0x82, length[0] | 0x80] + length[1...], as: .server) == Outcome(failure: error))
    }

    @Test(arguments: roles) func `a length that no memory holds does not trap`(role: WebSocketRole) throws {
        let limits = WebSocketLimits(maxMessageSize: .max, maxFrameSize: .max)
        let mask: UInt8 = role == .server ? 0x80 : 0
        let bytes = [0x82, 127 | mask, 0x7F] + [UInt8](repeating: 0xFF, count: 7 + 4)
        #expect(decode(bytes, as: role, limits: limits) == Outcome(leftover: bytes))
        let decoder = WebSocketDecoder(role: role, limits: limits)
        #expect(decoder.bytesNeeded(in: bytes.span.bytes, from: 0) == .max)
    }

    @Test(arguments: each([0, 5, 125, 126, 65_535, 65_536]))
    func `the length of a frame is known with its header`(role: WebSocketRole, size: Int) {
        let bytes = [0x00] + frame(2, .init(repeating: 1, count: size), to: role)
        let decoder = WebSocketDecoder(role: role)
        let header = bytes.count - size
        for count in 1..<header {
            #expect(decoder.bytesNeeded(in: bytes.span.bytes.extracting(first: count), from: 1) == nil)
        }
        #expect(decoder.bytesNeeded(in: bytes.span.bytes.extracting(first: header), from: 1) == bytes.count - 1)
        #expect(decoder.bytesNeeded(in: bytes.span.bytes, from: 1) == bytes.count - 1)
    }
}
