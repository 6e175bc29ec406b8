import CLibUV
import Testing

@testable import SIONet

@Suite struct OutboundQueueTests {
    /// Random numbers that are the same in each run.
    private struct Chance {
        var state: UInt64

        init(_ seed: Int) { state = UInt64(seed) &+ 1 }

        mutating func callAsFunction(_ range: Range<Int>) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return range.lowerBound + Int(state >> 33) % range.count
        }
    }

    /// Bytes that differ from those in front of them.
    private struct Source {
        var next: UInt8 = 0

        mutating func callAsFunction(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in
                next &+= 1
                return next
            }
        }
    }

    /// A queue, and what is to come out of it.
    private struct Both {
        var queue = OutboundQueue()
        var expected: [UInt8] = []

        mutating func append(_ bytes: [UInt8], _ memory: inout OutboundMemory) {
            bytes.withUnsafeBytes { queue.append($0, memory: &memory) }
            expected += bytes
            #expect(queue.count == expected.count)
        }

        mutating func append(_ frame: SharedBytes, _ memory: inout OutboundMemory) {
            queue.append(frame, memory: &memory)
            expected += Array(frame.bytes)
            #expect(queue.count == expected.count)
        }

        /// Writes what the body says, of what waits and others behind it.
        mutating func write(_ bytes: [UInt8], _ memory: inout OutboundMemory, _ take: (Int) -> Int) {
            expected += bytes
            let waiting = queue.count
            let seen = bytes.withUnsafeBytes { queue.withBuffers(and: $0) { $0.bytes } }
            #expect(seen == expected)
            let taken = take(seen.count)
            if waiting > 0 { queue.consume(min(taken, waiting), memory: &memory) }
            expected.removeFirst(taken)
            let rest = Array(bytes.dropFirst(max(taken - waiting, 0)))
            rest.withUnsafeBytes { queue.append($0, memory: &memory) }
            #expect(queue.count == expected.count)
        }

        /// Writes what the body says, of what can be written at once.
        mutating func write(_ memory: inout OutboundMemory, _ take: (Int) -> Int) {
            guard !queue.isEmpty else { return }
            let seen = queue.seen
            #expect(seen == Array(expected.prefix(seen.count)))
            let taken = take(seen.count)
            queue.consume(taken, memory: &memory)
            expected.removeFirst(taken)
            #expect(queue.count == expected.count)
        }
    }

    /// What is appended and taken in random steps, beside an array of the same bytes.
    @Test(arguments: 0..<40)
    func `bytes leave in the order in which they came, however they are cut`(seed: Int) {
        var random = Chance(seed)
        var bytes = Source()
        var memory = OutboundMemory()
        var both = Both()
        for _ in 0..<300 {
            switch random(0..<9) {
            case 0, 1: both.append(bytes(random(1..<600)), &memory)
            case 8 where both.queue.isShort: both.write(bytes(random(1..<20_000)), &memory) { random(0..<$0 + 1) }
            case 2, 3:
                // Small ones are gathered, or stand in the turn's run; large ones stay where they are.
                let some = bytes(random(0..<4) == 0 ? 5000 : 100)
                both.append(SharedBytes(some.span.bytes), &memory)
            case 4: both.queue.seal(memory: &memory)
            default: both.write(&memory) { random(1..<$0 + 1) }
            }
        }
        both.queue.removeAll(memory: &memory)
        memory.deallocate()
    }

    @Test(arguments: [
        (1, 2048), (2048, 2048), (2049, 4096), (4096, 4096), (4097, 8192), (16_400, 32_768), (65_536, 65_536),
        (65_537, 65_537), (1_000_000, 1_000_000),
    ])
    func `a block holds what it was taken for, and is used again unless it is too large`(count: Int, capacity: Int) {
        var pool = BlockPool()
        let block = pool.take(holding: count)
        #expect(block.capacity == capacity && block.count == 0)
        pool.give(block)
        let isKept = capacity > BlockPool.blockSize && capacity <= BlockPool.largeSizes.upperBound
        #expect(pool.largeBytes == (isKept ? capacity : 0))
        let next = pool.take(holding: count)
        if capacity <= BlockPool.largeSizes.upperBound { #expect(next.start == block.start) }
        #expect(pool.largeBytes == 0)
        pool.give(next)
        pool.deallocate()
        #expect(pool.largeBytes == 0)
    }

    @Test func `large blocks are kept up to a limit`() {
        var pool = BlockPool()
        let count = BlockPool.largeLimit / 65_536
        let blocks = (0...count).map { _ in pool.take(holding: 65_536) } + [pool.take(holding: 4096)]
        for block in blocks { pool.give(block) }
        #expect(pool.largeBytes == BlockPool.largeLimit)
        pool.deallocate()
    }

    /// Frames for all and for some, beside what each is sent alone, turn after turn: peers that take all, a part, nothing,
    /// and those that go.
    @Test(arguments: 0..<60)
    func `each of many gets its own in order, whoever else gets the same`(seed: Int) {
        var random = Chance(seed)
        var bytes = Source()
        var memory = OutboundMemory()
        var many = [Both](repeating: Both(), count: 6)
        // In some of them a turn's run overflows.
        let longest = [60, 600, 4095, 4100][seed % 4]
        for _ in 0..<40 {
            var last: SharedBytes?
            for _ in 0..<random(1..<25) {
                switch random(0..<12) {
                case 0: many[random(0..<6)].append(bytes(random(1..<60)), &memory)
                case 1:
                    many[random(0..<6)].queue.removeAll(memory: &memory)
                    many.removeAll { $0.queue.isEmpty && !$0.expected.isEmpty }
                    while many.count < 6 { many.append(Both()) }
                case 2, 3:
                    let frame = SharedBytes(bytes(random(1..<longest)).span.bytes)
                    for index in many.indices where random(0..<2) == 0 { many[index].append(frame, &memory) }
                case 4:
                    // The same once more, for some.
                    guard let last else { continue }
                    for index in many.indices where random(0..<3) > 0 { many[index].append(last, &memory) }
                case 5: many[random(0..<6)].write(&memory) { random(1..<$0 + 1) }
                default:
                    let frame = SharedBytes(bytes(random(1..<longest)).span.bytes)
                    for index in many.indices { many[index].append(frame, &memory) }
                    last = frame
                }
            }
            for index in many.indices {
                switch random(0..<8) {
                case 0: many[index].write(&memory) { random(0..<$0 + 1) }
                case 1: break
                default: while !many[index].queue.isEmpty { many[index].write(&memory) { $0 } }
                }
                // One that forgets to leave is none the worse for it.
                if random(0..<10) > 0 { many[index].queue.leaveRun(memory: &memory) }
            }
            memory.endTurn()
        }
        for index in many.indices { many[index].queue.removeAll(memory: &memory) }
        memory.deallocate()
    }

    @Test func `the small frames of a turn stand once, and all that are sent them write them from there`() {
        var memory = OutboundMemory()
        var queues = [OutboundQueue](repeating: OutboundQueue(), count: 3)
        let frames = (0..<8).map { SharedBytes(of: [UInt8](repeating: UInt8($0), count: 1000)) }
        // The last one is sent no more than the end.
        for (number, frame) in frames.enumerated() {
            for index in queues.indices where index < 2 || number >= 5 { queues[index].append(frame, memory: &memory) }
        }
        let parts = queues.indices.map { queues[$0].withBuffers { Array($0) } }
        #expect(parts.map(\.count) == [1, 1, 1])
        #expect(parts.map { $0.first?.len } == [8000, 8000, 3000])
        #expect(parts[1].first?.base == parts[0].first?.base)
        #expect(parts[2].first?.base == parts[0].first?.base.map { $0 + 5000 })
        for index in queues.indices { queues[index].removeAll(memory: &memory) }
        memory.deallocate()
    }

    @Test func `a run is used for the next turn, unless somebody still writes it`() {
        var memory = OutboundMemory()
        var queue = OutboundQueue()
        func start(_ byte: UInt8, leaving: Bool) -> UnsafeMutablePointer<CChar>? {
            queue.append(SharedBytes(of: [byte, byte]), memory: &memory)
            defer {
                if leaving { queue.consume(queue.count, memory: &memory) }
                memory.endTurn()
            }
            return queue.withBuffers { $0.first?.base }
        }
        let first = start(1, leaving: true)
        #expect(start(2, leaving: true) == first)
        #expect(start(3, leaving: false) == first)
        var other = OutboundQueue()
        other.append(SharedBytes(of: [4, 4]), memory: &memory)
        #expect(queue.seen == [3, 3])
        #expect(other.seen == [4, 4])
        for index in 0..<2 { index == 0 ? queue.removeAll(memory: &memory) : other.removeAll(memory: &memory) }
        memory.deallocate()
    }

    @Test func `one that waits takes with it what stands in the run`() {
        var memory = OutboundMemory()
        var queue = OutboundQueue()
        queue.append(SharedBytes(of: [1, 2, 3]), memory: &memory)
        let run = queue.withBuffers { $0.first?.base }
        queue.append(SharedBytes(of: [4, 5]), memory: &memory)
        queue.consume(2, memory: &memory)
        queue.seal(memory: &memory)
        memory.endTurn()
        // The next turn's frame lies where the waiting ones lay.
        var other = OutboundQueue()
        other.append(SharedBytes(of: [9, 9, 9, 9, 9]), memory: &memory)
        #expect(other.withBuffers { $0.first?.base } == run)
        queue.append(SharedBytes(of: [6]), memory: &memory)
        #expect(queue.seen == [3, 4, 5, 6])
        queue.removeAll(memory: &memory)
        other.removeAll(memory: &memory)
        memory.deallocate()
    }

    /// By one byte.
    @Test(arguments: [0, 1])
    func `a run has a limit, and what goes beyond it is gathered`(excess: Int) {
        var memory = OutboundMemory()
        var both = [Both](repeating: Both(), count: 2)
        var bytes = Source()
        let frames = (0..<17).map { number in
            let count = number < 16 ? 4000 : SharedRun.limit - 64_000 + excess
            return SharedBytes(bytes(count).span.bytes)
        }
        for frame in frames {
            for index in both.indices { both[index].append(frame, &memory) }
        }
        let starts = both.indices.map { both[$0].queue.withBuffers { $0.first?.base } }
        #expect((starts[0] == starts[1]) == (excess == 0))
        for index in both.indices {
            both[index].write(&memory) { $0 }
            #expect(both[index].queue.isEmpty)
        }
        memory.deallocate()
    }
}

extension OutboundQueue {
    /// What can be written at once.
    fileprivate var seen: [UInt8] {
        mutating get {
            withBuffers { $0.bytes }
        }
    }
}

extension UnsafeMutableBufferPointer<uv_buf_t> {
    fileprivate var bytes: [UInt8] { flatMap { Array(UnsafeRawBufferPointer(start: $0.base, count: $0.len)) } }
}
