import SIOBytes
import Testing

@testable import SIOWebSocket

extension DeflateWindow {
    fileprivate var contents: [UInt8] {
        var all: [UInt8] = []
        withHalves { all = $0.array + $1.array }
        return all
    }
}

@Suite struct `The window of a peer` {
    @Test(arguments: [
        [1], [255, 1, 1], [256, 1], [257], [100, 200, 300, 50, 1000], [0, 256, 0, 256], [600, 3, 253, 254],
    ])
    func `the last bytes are kept`(lengths: [Int]) {
        var window = DeflateWindow(bits: 8)
        var all: [UInt8] = []
        for length in lengths {
            let message = (0..<length).map { UInt8(truncatingIfNeeded: ($0 + all.count) &* 31) }
            all += message
            window.append(message.span.bytes)
            #expect(window.contents == Array(all.suffix(256)))
            #expect(window.count == min(all.count, 256))
        }
    }

    @Test func `it is as large as what came, and no larger than it may be`() {
        var window = DeflateWindow(bits: 15)
        #expect(window.capacity == 0)
        window.append([UInt8](repeating: 1, count: 100).span.bytes)
        #expect(window.capacity < 1000)
        for _ in 0..<1000 { window.append([UInt8](repeating: 1, count: 999).span.bytes) }
        #expect(window.count == 32_768)
        // What the allocator rounds up to.
        #expect(window.capacity < 32_768 + 8192)
    }
}
