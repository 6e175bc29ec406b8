package import SIOBytes

/// What a decoder made of a stream: its events, how it failed if it did, and the bytes it left unread.
package struct Transcript<Event: Equatable, Failure: Error & Equatable>: Equatable {
    package var events: [Event] = []
    package var failure: Failure?
    package var leftover: [UInt8] = []
}

extension StreamDecoder {
    /// Feeds the chunks as a connection would, keeping what is unread in front of the next chunk.
    ///
    /// `describe` turns an event into a value that does not depend on the window: it copies the ranges' bytes.
    package consuming func transcript<Description: Equatable>(
        of chunks: [[UInt8]],
        describe: (Event, RawSpan) -> Description
    ) -> Transcript<Description, Failure> where Failure: Equatable {
        var decoder = self
        var transcript = Transcript<Description, Failure>()
        var unread: [UInt8] = []
        for chunk in chunks {
            unread += chunk
            var offset = 0
            do throws(Failure) {
                var span = unread.mutableSpan
                var window = span.mutableBytes
                while let step = try decoder.next(in: &window, from: offset) {
                    transcript.events.append(describe(step.event, window.bytes))
                    offset = step.end
                }
            } catch {
                transcript.failure = error
                return transcript
            }
            unread.removeFirst(offset)
        }
        transcript.leftover = unread
        return transcript
    }
}

/// Every way to cut `bytes` that the shared property asks for: whole, in two at each place, byte by byte.
package func cuts(of bytes: [UInt8]) -> [[[UInt8]]] {
    var all = [[bytes], bytes.map { [$0] }]
    if bytes.count > 1 {
        all += (1..<bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
    }
    return all
}
