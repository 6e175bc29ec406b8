import Dispatch
import Synchronization

/// A line has more bytes than anybody types.
struct LineTooLong: Error, CustomStringConvertible {
    let limit: Int

    var description: String { "a line of more than \(limit) bytes was passed over" }
}

/// What is read, without keeping anybody waiting: a thread of its own waits.
///
/// It reads no further than it is asked for, apart from one block.
final class StandardInput: Sendable {
    /// The most bytes of a line.
    static let maxLineBytes = 16 * 1024 * 1024
    private static let blockSize = 64 * 1024

    private let descriptor: Descriptor
    private let queue = DispatchQueue(label: "standard input")
    private let state: Mutex<LineBuffer>

    /// - Parameters:
    ///   - descriptor: Where to read.
    ///   - maxLineBytes: The most bytes of a line.
    init(_ descriptor: Int32, maxLineBytes: Int = maxLineBytes) {
        self.descriptor = Descriptor(descriptor)
        state = Mutex(LineBuffer(limit: maxLineBytes))
    }

    /// The bytes that are handed out, and then the end.
    init(_ bytes: [UInt8]) {
        descriptor = Descriptor(-1)
        var buffer = LineBuffer(limit: Self.maxLineBytes)
        buffer.append(bytes)
        buffer.isAtEnd = true
        state = Mutex(buffer)
    }

    /// The next line, without its end; nil at the end.
    func nextLine() async throws(LineTooLong) -> String? {
        let line: Result<String?, LineTooLong> = await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: readLine()) }
        }
        return try line.get()
    }

    /// All bytes up to the end.
    ///
    /// - Parameter limit: The most bytes that are wanted; beyond, the answer is nil.
    /// - Returns: The bytes.
    func all(limit: Int) async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                while state.withLock({ !$0.isAtEnd && $0.count <= limit }) { readSome() }
                let bytes = state.withLock { $0.takeAll() }
                continuation.resume(returning: bytes.count <= limit ? bytes : nil)
            }
        }
    }

    private func readLine() -> Result<String?, LineTooLong> {
        while true {
            if let line = state.withLock({ $0.takeLine() }) { return line }
            readSome()
        }
    }

    private func readSome() {
        // What cannot be read is at its end.
        let block = (try? descriptor.read(upTo: Self.blockSize)) ?? []
        state.withLock { state in
            if block.isEmpty { state.isAtEnd = true } else { state.append(block) }
        }
    }
}
