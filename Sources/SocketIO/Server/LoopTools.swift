import SIOBytes
import SIOJSON

/// What the sockets of a loop share, so that none of them needs memory of its own for it.
final class LoopTools {
    /// Parses the packet that is being handled.
    let parser = JSONParser()
    private var buffer = ByteBuffer()
    /// The most memory that the buffer keeps between uses.
    private static let keptCapacity = 64 * 1024

    /// The buffer that packets are encoded into.
    ///
    /// Whoever asks while it is out gets a fresh one.
    func takeBuffer() -> ByteBuffer {
        let taken = buffer
        buffer = ByteBuffer()
        return taken
    }

    func giveBack(_ used: inout ByteBuffer) {
        used.removeAll(keepingCapacity: used.capacity <= Self.keptCapacity)
        swap(&buffer, &used)
    }
}
