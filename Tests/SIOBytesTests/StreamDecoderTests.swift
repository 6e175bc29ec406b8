import SIOBytes
import TestSupport
import Testing

/// Finds runs of bytes that end in zero; a 0xFF is the peer's fault.
private struct Runs: StreamDecoder {
    struct Fault: Error, Equatable {}

    mutating func next(in window: inout MutableRawSpan, from offset: Int) throws(Fault) -> Step<Range<Int>>? {
        let bytes = window.bytes
        guard let end = bytes.firstIndex(of: 0, from: offset) else { return nil }
        if bytes.firstIndex(of: 0xFF, from: offset).map({ $0 < end }) == true { throw Fault() }
        return Step(offset..<end, end: end + 1)
    }
}

@Suite struct StreamDecoderTests {
    @Test func `a stream gives the same events wherever it is cut`() {
        let stream: [UInt8] = [1, 2, 0, 0, 3, 0, 4]
        for chunks in cuts(of: stream) {
            let transcript = Runs().transcript(of: chunks) { $1.extracting($0).array }
            #expect(transcript.events == [[1, 2], [], [3]])
            #expect(transcript.leftover == [4])
            #expect(transcript.failure == nil)
        }
    }

    @Test func `a fault ends the stream behind the events in front of it`() {
        for chunks in cuts(of: [1, 0, 0xFF, 0, 2, 0]) {
            let transcript = Runs().transcript(of: chunks) { $1.extracting($0).array }
            #expect(transcript.events == [[1]])
            #expect(transcript.failure == Runs.Fault())
        }
    }

    @Test func `a stream is cut at each place, and whole, and byte by byte`() {
        #expect(cuts(of: [1, 2, 3]) == [[[1, 2, 3]], [[1], [2], [3]], [[1], [2, 3]], [[1, 2], [3]]])
        #expect(cuts(of: []) == [[[]], []])
    }
}
