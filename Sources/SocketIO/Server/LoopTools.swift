import EngineIO
import SIOBytes
import SIOJSON

/// What the sockets of a loop share, so that none of them needs memory of its own for it.
final class LoopTools {
    /// Parses the packet that is being handled.
    let parser = JSONParser()
    @exclusivity(unchecked) private var buffer = ByteBuffer()
    /// The most memory that the buffer keeps between uses.
    private static let keptCapacity = 64 * 1024

    /// The buffer that packets are encoded into: it holds the digit of an Engine.IO message, with room in front.
    ///
    /// Whoever asks while it is out gets a fresh one.
    func takeBuffer() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &buffer)
        taken.removeAll(
            keepingCapacity: taken.capacity <= Self.keptCapacity, roomInFront: EngineSession.roomInFront)
        taken.append(UInt8(ascii: "4"))
        return taken
    }

    func giveBack(_ used: inout ByteBuffer) {
        swap(&buffer, &used)
    }
}
