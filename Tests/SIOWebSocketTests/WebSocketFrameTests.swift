import SIOBytes
import SIOWebSocket
import TestSupport
import Testing

private let key = WebSocketMaskingKey(0x37, 0xFA, 0x21, 0x3D)
private let hello = Array("Hello".utf8)

private func written(_ body: (inout ByteBuffer) -> Void) -> [UInt8] {
    var buffer = ByteBuffer()
    body(&buffer)
    return buffer.array
}

@Suite struct `Frames on the wire` {
    @Test func `the examples of RFC 6455 §5.7`() {
        let span = hello.span.bytes
        #expect(WebSocketFrame.bytes(.text, payload: span) == [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        #expect(
            written { WebSocketFrame.append(.text, payload: hello.span.bytes, maskingKey: key, to: &$0) }
                == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
        #expect(
            written {
                WebSocketFrame.append(.text, isFinal: false, payload: hello.span.bytes.extracting(first: 3), to: &$0)
                WebSocketFrame.append(.continuation, payload: hello.span.bytes.extracting(droppingFirst: 3), to: &$0)
            } == [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F])
        #expect(WebSocketFrame.bytes(.ping, payload: span) == [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        #expect(
            written { WebSocketFrame.append(.pong, payload: hello.span.bytes, maskingKey: key, to: &$0) }
                == [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
    }

    @Test(
        arguments: [
            (0, [0x82, 0]), (125, [0x82, 125]), (126, [0x82, 126, 0, 126]), (256, [0x82, 126, 1, 0]),
            (65_535, [0x82, 126, 0xFF, 0xFF]), (65_536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (Int.max, [0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        ] as [(Int, [UInt8])])
    func `a length has as few bytes as it can have`(length: Int, header: [UInt8]) {
        #expect(written { WebSocketFrame.appendHeader(.binary, payloadLength: length, to: &$0) } == header)
        #expect(WebSocketFrame.headerLength(payloadLength: length) == header.count)
        let masked = [header[0], header[1] | 0x80] + header[2...] + [0x37, 0xFA, 0x21, 0x3D]
        #expect(
            written { WebSocketFrame.appendHeader(.binary, payloadLength: length, maskingKey: key, to: &$0) } == masked)
        #expect(WebSocketFrame.headerLength(payloadLength: length, isMasked: true) == masked.count)
        #expect(masked.count <= WebSocketFrame.maxHeaderLength)
    }

    @Test(arguments: each([0, 1, 7, 8, 125, 126, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536]))
    func `what one side writes the other reads`(role: WebSocketRole, size: Int) {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var numbers = Numbers()
        var buffer = ByteBuffer([1, 2, 3])
        buffer.consume(1)
        let maskingKey = role == .server ? WebSocketMaskingKey(using: &numbers) : nil
        WebSocketFrame.append(.binary, payload: payload.span.bytes, maskingKey: maskingKey, to: &buffer)
        #expect(Array(buffer.array[..<2]) == [2, 3])
        #expect(decode(Array(buffer.array[2...]), as: role) == Outcome(events: [.binary(payload)]))
        if role == .client {
            #expect(WebSocketFrame.bytes(.binary, payload: payload.span.bytes) == Array(buffer.array[2...]))
        }
    }

    // In front of the payload there is all the room, some, or none.
    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 70_000], [14, 3, 0])
    func `a header put in front makes the frame that is written in one go`(size: Int, room: Int) {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for maskingKey in [nil, key] {
            for opcode in [WebSocketOpcode.text, .binary] {
                var buffer = ByteBuffer()
                buffer.restart(roomInFront: room, expecting: size)
                buffer.append(payload)
                WebSocketFrame.prependHeader(opcode, maskingKey: maskingKey, to: &buffer)
                #expect(
                    buffer.array
                        == written {
                            WebSocketFrame.append(opcode, payload: payload.span.bytes, maskingKey: maskingKey, to: &$0)
                        })
            }
        }
    }

    @Test func `a header in front of a long control frame is the caller's mistake`() async {
        var buffer = ByteBuffer([UInt8](repeating: 0, count: 125))
        WebSocketFrame.prependHeader(.ping, to: &buffer)
        #expect(buffer.count == 127)
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer([UInt8](repeating: 0, count: 126))
            WebSocketFrame.prependHeader(.ping, to: &buffer)
        }
    }

    @Test(arguments: roles) func `a close frame comes back as it was`(role: WebSocketRole) {
        let maskingKey = role == .server ? key : nil
        let frames = [
            WebSocketCloseFrame(),
            WebSocketCloseFrame(code: .goingAway),
            WebSocketCloseFrame(code: .init(rawValue: 3001), reason: String(repeating: "€", count: 41)),
        ]
        for frame in frames {
            let bytes = written { WebSocketFrame.append(frame, maskingKey: maskingKey, to: &$0) }
            #expect(decode(bytes, as: role) == Outcome(events: [.close(frame)]))
        }
    }

    @Test func `a control frame that is long or cut is the caller's mistake`() async {
        await #expect(processExitsWith: .failure) {
            _ = WebSocketFrame.bytes(.ping, payload: [UInt8](repeating: 0, count: 126).span.bytes)
        }
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer()
            WebSocketFrame.appendHeader(.close, isFinal: false, payloadLength: 0, to: &buffer)
        }
    }
}
