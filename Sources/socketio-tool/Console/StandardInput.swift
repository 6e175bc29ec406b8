import Dispatch
import Glibc
import Synchronization

/// What is read, without keeping anybody waiting: a thread of its own waits.
///
/// It reads no further than it is asked for, apart from one block.
final class StandardInput: Sendable {
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "standard input")
    private let state = Mutex(State())

    private struct State {
        /// What was read and not asked for yet.
        var bytes: [UInt8] = []
        var isAtEnd = false
    }

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The bytes that are handed out, and then the end.
    init(_ bytes: [UInt8]) {
        descriptor = -1
        state.withLock {
            $0.bytes = bytes
            $0.isAtEnd = true
        }
    }

    /// The next line, without its end; nil at the end.
    func nextLine() async -> String? {
        await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: readLine()) }
        }
    }

    /// The lines, one after the other, each read when it is asked for.
    var lines: AsyncStream<String> {
        AsyncStream { [self] in await nextLine() }
    }

    /// All bytes up to the end.
    ///
    /// - Parameter limit: The most bytes that are wanted; beyond, the answer is nil.
    /// - Returns: The bytes.
    func all(limit: Int) async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                while state.withLock({ !$0.isAtEnd && $0.bytes.count <= limit }) { readSome() }
                let bytes = state.withLock { state in
                    defer { state.bytes = [] }
                    return state.bytes
                }
                continuation.resume(returning: bytes.count <= limit ? bytes : nil)
            }
        }
    }

    private func readLine() -> String? {
        while true {
            let line: String?? = state.withLock { state in
                if let end = state.bytes.firstIndex(of: 0x0A) {
                    var line = state.bytes[..<end]
                    if line.last == 0x0D { line = line.dropLast() }
                    defer { state.bytes.removeFirst(end + 1) }
                    return String(decoding: line, as: UTF8.self)
                }
                guard state.isAtEnd else { return nil }
                defer { state.bytes = [] }
                return .some(state.bytes.isEmpty ? nil : String(decoding: state.bytes, as: UTF8.self))
            }
            if let line { return line }
            readSome()
        }
    }

    private func readSome() {
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        let count = read(descriptor, &block, block.count)
        if count < 0, errno == EINTR { return }
        state.withLock { state in
            if count > 0 { state.bytes += block[..<count] } else { state.isAtEnd = true }
        }
    }
}
