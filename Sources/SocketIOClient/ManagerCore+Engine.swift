import EngineIOClient
import EngineIOProtocol
import SIOBytes
import SIONet
import SocketIOProtocol

/// What the engine says.
extension ManagerCore {
    func opened(_ number: Int) {
        if number == current { manager?.uses(engine?.transport) }
        machine.engineOpened(number)
        perform()
    }

    func upgraded(_ number: Int) {
        guard number == current else { return }
        manager?.uses(engine?.transport)
        tell(.upgrade)
    }

    func pinged(_ number: Int) {
        if number == current { tell(.ping) }
    }

    func closed(_ number: Int, _ reason: EngineDisconnectReason, _ error: EngineClientError?) {
        engines[number] = nil
        if current == number { current = nil }
        machine.engineClosed(
            number, DisconnectReason(rawValue: reason.rawValue), error, now: core.now, using: &core.random)
        perform()
        let first = engines.keys.min() ?? .max
        let due = closeWaiters.filter { $0.lastEngine < first }
        closeWaiters.removeAll { $0.lastEngine < first }
        for waiter in due { waiter.tell() }
    }

    func received(text: RawSpan, on link: EngineLink) {
        guard link.number == current else { return }
        do throws(PacketError) {
            if link.reader != nil {
                if let whole = try link.reader?.receive(text: text) { try received(whole) }
            } else if let packet = try decoder.receive(text: text, parser: parser, now: core.now) {
                received(packet)
            } else {
                core.set(&attachmentDeadline, of: self, to: decoder.deadline)
            }
        } catch {
            giveUp(error)
        }
    }

    func received(binary: RawSpan, on link: EngineLink) {
        guard link.number == current else { return }
        do throws(PacketError) {
            if link.reader != nil {
                if let whole = try link.reader?.receive(binary: binary, limits: limits.value) { try received(whole) }
            } else if let packet = try decoder.receive(binary: binary.array, parser: parser) {
                core.set(&attachmentDeadline, of: self, to: nil)
                received(packet)
            }
        } catch {
            giveUp(error)
        }
    }

    private func received(_ whole: borrowing WholePacket) throws(PacketError) {
        received(try whole.packet(parser: parser, limits: limits.value))
    }

    /// A packet for a namespace that no socket wants is passed over: it was sent before the server could know.
    private func received(_ packet: consuming Packet) {
        sockets[packet.namespace ?? "/"]?.core?.received(packet)
    }
}
