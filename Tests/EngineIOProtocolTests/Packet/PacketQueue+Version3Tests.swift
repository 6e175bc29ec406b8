import EngineIOProtocol
import SIOBytes
import SocketIOTesting
import Testing

@Suite struct PacketQueueVersion3Tests {
    private func queue(_ texts: String...) -> PacketQueue {
        var queue = PacketQueue()
        for text in texts { queue.append(.message, utf8(text).span.bytes) }
        return queue
    }

    @Test func `texts leave with their lengths in UTF-16 code units`() {
        var queue = queue("hello", "€", "😀", "a\u{1E}b")
        queue.append(.pong)
        #expect(queue.takeAll(.version3) == utf8("6:4hello2:4€3:4😀4:4a\u{1E}b1:3"))
        #expect(queue.isEmpty)
        #expect(queue.takeAll(.version3) == [])
    }

    @Test func `with bytes among them all leaves as a binary payload`() {
        var queue = queue("€")
        queue.append(binary: ([1, 2, 3] as [UInt8]).span.bytes)
        #expect(queue.hasBinary)
        #expect(queue.takeAll(.version3) == [0, 4, 255, 0x34, 0xE2, 0x82, 0xAC, 1, 4, 255, 4, 1, 2, 3])
        #expect(!queue.hasBinary)
    }

    @Test func `a long packet has a length of several digits`() {
        var queue = queue(String(repeating: "x", count: 122))
        queue.append(binary: [UInt8](repeating: 7, count: 1023).span.bytes)
        let payload = queue.takeAll(.version3)
        #expect(payload.starts(with: [0, 1, 2, 3, 255] + utf8("4xx")))
        #expect(payload[(5 + 123)...].starts(with: [1, 1, 0, 2, 4, 255, 4, 7]))
        #expect(payload.count == 5 + 123 + 6 + 1024)
    }

    @Test func `a client that takes no bytes gets base64`() {
        var queue = queue("a")
        queue.append(binary: ([1, 2, 3] as [UInt8]).span.bytes)
        queue.append(binary: ([1, 2, 3, 4] as [UInt8]).span.bytes)
        #expect(queue.takeAll([.version3, .base64]) == utf8("2:4a6:b4AQID10:b4AQIDBA=="))
    }

    @Test func `the fourth version takes what waits as it is`() {
        var queue = queue("a")
        queue.append(binary: ([1, 2, 3] as [UInt8]).span.bytes)
        #expect(queue.takeAll(.base64) == utf8("4a\u{1E}bAQID"))
    }

    @Test func `what was partly taken leaves with the right lengths`() {
        var queue = queue("a", "bb")
        _ = queue.popFirst()
        #expect(!queue.hasBinary)
        queue.append(binary: ([1] as [UInt8]).span.bytes)
        #expect(queue.hasBinary)
        #expect(queue.takeAll([.version3, .base64]) == utf8("3:4bb6:b4AQ=="))
    }

    @Test(arguments: [EngineDialect.version3, [.version3, .base64]])
    func `what is written reads the same`(dialect: EngineDialect) {
        var generator = SeededGenerator(seed: 3)
        let alphabet = Array("a:\u{0}é€😀0")
        for _ in 0..<200 {
            var queue = PacketQueue()
            var expected: [EnginePayloadReader.Element] = []
            var texts: [String] = []
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                if Int.random(in: 0..<3, using: &generator) == 0 {
                    let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                        UInt8.random(in: 0...255, using: &generator)
                    }
                    queue.append(binary: bytes.span.bytes)
                    expected.append(.binary(bytes))
                } else {
                    let characters = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                    }
                    let text = String(characters)
                    queue.append(.message, utf8(text).span.bytes)
                    texts.append(text)
                }
            }
            let payload = queue.takeAll(dialect)
            var reader = EnginePayloadReader(EngineDialect.isBinary(payload: payload) ? .binary : .counted)
            var binaries: [EnginePayloadReader.Element] = []
            var found: [String] = []
            while let element = try? reader.next(in: payload.span.bytes) {
                switch element {
                case .binary: binaries.append(element)
                case .packet(_, let range): found.append(String(decoding: payload[range], as: UTF8.self))
                }
            }
            #expect(binaries == expected)
            #expect(found == texts)
        }
    }
}
