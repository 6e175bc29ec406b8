import CLibUV
import SIOBytes

/// Large messages: read where they stay, and written from where they lie, because memory of their own costs more than all
/// else that is done with them.
extension TCPConnection {
    // MARK: Reading

    /// Keeps what the stage did not take; what is the front of a message is handed to it again, if the rest is there.
    @inline(never)
    func keep(_ bytes: UnsafeMutableRawBufferPointer, from start: Int) {
        var rest = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
        if let whole = completed(bytes, from: start) {
            messagesInFront = stage?.messageCount ?? 0
            var window = MutableRawSpan(_unsafeBytes: whole)
            let used = feed(&window)
            if used == whole.count || isClosed { return }
            rest = UnsafeMutableRawBufferPointer(rebasing: whole[used...])
        }
        unread.append(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rest)))
    }

    /// A long message that was read in part, and more of it, as far as it is there: in the loop's buffer, which it fits.
    private func completed(
        _ bytes: UnsafeMutableRawBufferPointer, from start: Int
    ) -> UnsafeMutableRawBufferPointer? {
        let buffer = core.readBuffer
        // Only where all came that was asked for can there be more.
        guard let stage, tls == nil, !takesNothing, bytes.count >= FairShare.limits.upperBound,
            bytes.baseAddress == buffer.baseAddress
        else { return nil }
        let end = start + stage.bytesWanted
        guard end > bytes.count, end <= buffer.count else { return nil }
        let count = sio_receive(descriptor, buffer.baseAddress.map { $0 + bytes.count }, end - bytes.count)
        if count > 0 { return UnsafeMutableRawBufferPointer(rebasing: buffer[start..<bytes.count + count]) }
        // An end is there to be read again, an error is not.
        if count < 0, count != Int(SIO_NOTHING_YET) { abortLater() }
        return nil
    }

    /// From so many bytes on, the rest of a message is read by itself; and so many may be waited for in any case.
    static let longRest = FairShare.limits.upperBound
    private static let leastRoom = 2 * longRest

    /// Reads more of a long message behind what there is of it, without the detour by the loop's buffer.
    @inline(never)
    func readOn(upTo wanted: Int) {
        // A peer that announces much has room made for some times what it has sent.
        let end = min(wanted, max(unread.count * 8, Self.leastRoom))
        let size = min(end - unread.count, core.readBuffer.count)
        unread.reserve(end - unread.count)
        var result = 0
        unread.append(upTo: size) { output in
            output.withUnsafeMutableBufferPointer { buffer, count in
                guard let start = buffer.baseAddress else { return }
                result = sio_receive(descriptor, start + count, size)
                count += max(result, 0)
            }
        }
        if result <= 0 { return readNothing(result) }
        if unread.count >= wanted { offerUnread() }
    }

    // MARK: Writing

    /// From so many bytes on, a write is handed to the system where it lies: until the turn's end it would need memory of
    /// its own, and a copy.
    static let largeWrite = 8 * 1024
    /// Where a turn has several of them they are gathered, up to so many bytes: together they cost the system, and the
    /// peer, less.
    static let largestGathered = 64 * 1024

    /// Whether the system can be handed so many bytes now, behind what waits.
    func writesAtOnce(_ count: Int) -> Bool {
        largeWrites = min(largeWrites + 1, 2)
        if isBlocked || isBroken || tls != nil || !outbound.isShort { return false }
        if outbound.count + writtenAtOnce + count > outboundLimit { return false }
        return outbound.count + count > Self.largestGathered || largeWrites == 1 && !gathersLarge
    }

    /// Hands the bytes to the system, behind what waits; what it does not take waits, too.
    @inline(never)
    func writeAtOnce(_ bytes: RawSpan) {
        markDirty()
        let socket = descriptor
        let waiting = outbound.count
        let written = bytes.withUnsafeBytes { bytes in
            outbound.withBuffers(and: bytes) { sio_send(socket, $0.baseAddress, CInt($0.count)) }
        }
        // Whoever writes is in the middle of something: the end is told at the turn's.
        guard written >= 0 else { return abortLater() }
        handedOver += written
        writtenAtOnce += written
        if waiting > 0 { outbound.consume(min(written, waiting), memory: &core.outboundMemory) }
        let rest = bytes.extracting(droppingFirst: max(written - waiting, 0))
        rest.withUnsafeBytes { outbound.append($0, memory: &core.outboundMemory) }
    }

    /// A peer that sends several large messages at once is likely to do so again.
    func endLargeWrites() {
        gathersLarge = largeWrites > 1
        largeWrites = 0
        writtenAtOnce = 0
    }
}
