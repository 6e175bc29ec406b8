import EngineIO
import SIOJSON
import SIONet
import SocketIOProtocol

/// What a server's clients on one loop share, so that none of them needs memory of its own for it.
final class LoopTools {
    let loop: EventLoop
    /// The loop's insides.
    private(set) lazy var core = loop.core
    let limits: SharedPacketLimits
    /// Parses the packet that is being handled.
    let parser = JSONParser()
    /// Nil where the default parser is used.
    let translator: PacketTranslator?
    // Whoever uses the writer says so: an access within another is seen, and goes elsewhere.
    @exclusivity(unchecked) private var writer = PacketWriter()
    @exclusivity(unchecked) private var isWriting = false
    /// The room in front of a packet, here so that no packet has to ask for it.
    private let roomInFront = EngineSession.roomInFront
    /// The most memory that the writer keeps between uses.
    private static let keptCapacity = 64 * 1024

    init(loop: EventLoop, limits: PacketLimits, parsing: PacketParsing, reports: ErrorReports) {
        self.loop = loop
        translator = PacketTranslator(parsing, loop: loop, reports: reports)
        self.limits = SharedPacketLimits(limits)
    }

    /// Lets the body write a packet and send it, behind the digit of an Engine.IO message.
    ///
    /// A body within another's, as of a value that sends something while it is encoded, gets a writer of its own.
    @inline(__always)
    func write(_ body: (inout PacketWriter) throws -> Void) rethrows {
        if isWriting {
            var other = PacketWriter()
            return try write(to: &other, body)
        }
        isWriting = true
        defer { isWriting = false }
        try write(to: &writer, body)
    }

    @inline(__always)
    private func write(to writer: inout PacketWriter, _ body: (inout PacketWriter) throws -> Void) rethrows {
        writer.restart(with: UInt8(ascii: "4"), roomInFront: roomInFront, keptCapacity: Self.keptCapacity)
        try body(&writer)
    }
}
