import SocketIOTesting
import Testing

@testable import SocketIOProtocol

@Suite struct OfflineBufferTests {
    private typealias Buffer = OfflineBuffer<Int>

    private func buffer(_ messages: Range<Int>, packets: Int = 100_000, bytes: Int = 1_000_000) -> Buffer {
        var buffer = Buffer(packets: packets, bytes: bytes)
        for message in messages {
            #expect(buffer.append(Buffer.Entry(message: message, size: 10, id: UInt64(message))) == true)
        }
        return buffer
    }

    private func drain(_ buffer: inout Buffer) -> [Int] {
        var messages: [Int] = []
        while let entry = buffer.popFirst() { messages.append(entry.message) }
        return messages
    }

    @Test func `messages leave in the order in which they came`() {
        var buffer = buffer(0..<1_000)
        #expect(buffer.count == 1_000 && buffer.bytes == 10_000)
        #expect(drain(&buffer) == Array(0..<1_000))
        #expect(buffer.isEmpty && buffer.bytes == 0)
    }

    @Test func `only so many packets are taken`() {
        var buffer = buffer(0..<3, packets: 3)
        #expect(buffer.append(.init(message: 3, size: 0, id: nil)) == false)
        _ = buffer.popFirst()
        #expect(buffer.append(.init(message: 3, size: 0, id: nil)) == true)
        #expect(drain(&buffer) == [1, 2, 3])
    }

    @Test func `only so many bytes are taken`() {
        var buffer = buffer(0..<3, bytes: 40)
        #expect(buffer.append(.init(message: 3, size: 11, id: nil)) == false)
        #expect(buffer.append(.init(message: 3, size: .max, id: nil)) == false)
        #expect(buffer.append(.init(message: 4, size: 10, id: nil)) == true)
        #expect(buffer.bytes == 40)
        #expect(drain(&buffer) == [0, 1, 2, 4])
    }

    @Test func `one that is not wanted is taken out wherever it stands, and its room is free again`() {
        var buffer = buffer(0..<5, packets: 5)
        for id in [UInt64(0), 2, 4, 2, 77] { buffer.remove(id) }
        #expect(buffer.count == 2 && buffer.bytes == 20)
        #expect(buffer.append(.init(message: 5, size: 10, id: 5)) == true)
        #expect(drain(&buffer) == [1, 3, 5])
        #expect(buffer.append(.init(message: 0, size: .max, id: nil)) == false)
    }

    @Test func `after everything was forgotten the limits are what they were`() {
        var buffer = buffer(0..<3, packets: 3)
        buffer.removeAll()
        #expect(buffer.isEmpty && buffer.bytes == 0)
        for message in 0..<3 { #expect(buffer.append(.init(message: message, size: 1, id: nil)) == true) }
        #expect(buffer.append(.init(message: 3, size: 1, id: nil)) == false)
    }

    @Test func `any mixture of coming, going and being taken out is that of a plain array`() {
        for seed in 0..<UInt64(200) {
            var generator = SeededGenerator(seed: seed)
            var buffer = Buffer(packets: 300, bytes: 3_000)
            var model: [Int] = []
            var next = 0
            let bias = Int.random(in: 1...8, using: &generator)
            for _ in 0..<1_500 {
                switch Int.random(in: 0..<10, using: &generator) {
                case 0..<bias:
                    let hasRoom = model.count < 300
                    #expect(buffer.append(.init(message: next, size: 10, id: UInt64(next))) == hasRoom)
                    if hasRoom { model.append(next) }
                    next += 1
                case 9: #expect(buffer.popFirst()?.message == (model.isEmpty ? nil : model.removeFirst()))
                default:
                    let id = Int.random(in: 0...max(next, 1), using: &generator)
                    buffer.remove(UInt64(id))
                    model.removeAll { $0 == id }
                }
                #expect(buffer.count == model.count && buffer.bytes == 10 * model.count)
            }
            #expect(drain(&buffer) == model, "seed \(seed)")
        }
    }
}
