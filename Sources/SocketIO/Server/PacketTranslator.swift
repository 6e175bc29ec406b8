import EngineIO
import SIOBytes
import SIOJSON
import SIONet
import SocketIOProtocol

/// What a server's clients on one loop share where another than the default parser is used.
///
/// Packets are in the default parser's form everywhere else: here they become messages, once for each loop.
final class PacketTranslator {
    private let form: MessageForm
    private let loop: EventLoop
    private let reports: ErrorReports
    /// Parses the packets that leave, which may be made while one that arrived is being handled.
    private let parser = JSONParser(limits: .deep)
    /// The last packet that went to more than one socket, until the end of the turn.
    private var last: (packet: SharedBytes, messages: [PacketMessage])?
    /// What a message of MessagePack is written into that goes to one socket, kept for the next one.
    private var spare = ByteBuffer()
    /// The most memory that it keeps.
    private static let keptCapacity = 64 * 1024

    /// Nil if the default parser is used.
    init?(_ parsing: PacketParsing, loop: EventLoop, reports: ErrorReports) {
        guard let form = MessageForm(parsing) else { return nil }
        self.form = form
        self.loop = loop
        self.reports = reports
    }

    /// Takes a client's messages in the client's stead.
    func receiver(for client: Client) -> any EngineSessionDelegate {
        TranslatingReceiver(client, MessageReader(form))
    }

    // MARK: Sending

    /// Sends a packet in the default parser's form.
    ///
    /// One that cannot be translated is dropped, and reported.
    func send(_ text: RawSpan, attachments: [[UInt8]], to session: EngineSession, compress: Bool) {
        guard case .messagePack = form else { return send(messages(text, attachments), to: session, compress) }
        // Whoever comes back to here while it is sent writes into another one.
        var message = ByteBuffer()
        swap(&message, &spare)
        message.removeAll(keepingCapacity: true)
        do throws(PacketError) {
            try MessagePackPacket.append(text, attachments: attachments, parser: parser, to: &message)
            session.send(binary: message.bytes, compress: compress)
        } catch {
            reports.report(PacketParserError(underlying: error))
        }
        if message.capacity <= Self.keptCapacity { swap(&message, &spare) }
    }

    /// Sends a packet that may go to others, too.
    func send(_ packet: EventPacket, to session: EngineSession, compress: Bool) {
        if let last, last.packet === packet.message.frame { return send(last.messages, to: session, compress) }
        let made = messages(packet.message.text, packet.attachments)
        if last == nil { loop.core.atEndOfTurn(self) }
        last = (packet.message.frame, made)
        send(made, to: session, compress)
    }

    private func send(_ messages: [PacketMessage], to session: EngineSession, _ compress: Bool) {
        for message in messages {
            switch message {
            case .binary(let bytes):
                session.send(binary: bytes.span.bytes, compress: compress)
            case .text(let text):
                var packet = ByteBuffer()
                packet.restart(roomInFront: EngineSession.roomInFront, expecting: text.utf8.count + 1)
                packet.append(UInt8(ascii: "4"))
                packet.append(text)
                session.send(packet: &packet, compress: compress)
            }
        }
    }

    private func messages(_ text: RawSpan, _ attachments: [[UInt8]]) -> [PacketMessage] {
        do {
            return try form.messages(text, attachments: attachments, parser: parser)
        } catch {
            reports.report(PacketParserError(underlying: error))
            return []
        }
    }
}

extension PacketTranslator: EndOfTurnWork {
    func endOfTurn() {
        last = nil
    }
}
