import Glibc

/// A descriptor of the process's, which others may have set not to block: it is waited for then.
struct Descriptor: Sendable {
    /// The system's reason why nothing more can be read or written.
    struct Failure: Error, CustomStringConvertible {
        let number: Int32

        var description: String { String(cString: strerror(number)) }
    }

    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    /// Writes all of a text.
    func write(_ text: String) throws(Failure) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0 {
                try wait(for: POLLOUT, after: errno)
            } else {
                bytes = bytes.dropFirst(count)
            }
        }
    }

    /// Reads what there is, up to so many bytes; none at the end.
    func read(upTo limit: Int) throws(Failure) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: limit)
        while true {
            let count = Glibc.read(number, &block, limit)
            if count >= 0 { return Array(block[..<count]) }
            try wait(for: POLLIN, after: errno)
        }
    }

    /// Waits until it makes sense to try again.
    private func wait(for event: Int32, after reason: Int32) throws(Failure) {
        switch reason {
        case EINTR: break
        case EAGAIN:
            var wanted = pollfd(fd: number, events: Int16(event), revents: 0)
            _ = poll(&wanted, 1, -1)
        default: throw Failure(number: reason)
        }
    }
}
