/// What the application sends.
extension ClientSocketMachine {
    /// An acknowledgement that a packet asks for.
    package struct Ask {
        /// The id in the packet: one that no other packet of the socket has.
        package var id: UInt64
        /// Who is told if it does not come, or handed back if it does.
        package var asker: Asker
        /// How long it may take: from now, or for a packet that is sent until it is answered, from each time it is sent;
        /// nil: as long as it wants.
        package var timeout: Duration?

        package init(id: UInt64, asker: Asker, timeout: Duration?) {
            self.id = id
            self.asker = asker
            self.timeout = timeout
        }
    }

    /// What is promised to a packet.
    package enum Delivery: Sendable {
        /// It waits for the connection, in order.
        case ordinary
        /// It is worth nothing if it does not leave now: it is dropped where the socket is not connected, or the
        /// transport does not take it at once.
        case volatile(isWritable: Bool)
    }

    /// What became of a packet that was to be sent.
    package enum EmitAction: Sendable, Hashable {
        /// Send it, now.
        case send
        /// It is kept, and leaves as an action ``Action/send(_:)``.
        case stored
        /// It was volatile and is dropped; its asker was not taken.
        case dropped
        /// Too much waits already: the caller gets an error; its asker was not taken.
        case overflow
    }

    /// Sends a packet.
    ///
    /// - Parameters:
    ///   - message: The encoded packet.
    ///   - size: Its bytes.
    ///   - ask: The acknowledgement that it asks for, if it does.
    ///   - delivery: What is promised to it.
    ///   - now: The time.
    /// - Returns: What became of it.
    package mutating func emit(
        _ message: Message, size: Int, ask: Ask? = nil, _ delivery: Delivery = .ordinary, now: Instant
    ) -> EmitAction {
        if case .volatile(let isWritable) = delivery, !isConnected || !isWritable { return .dropped }
        guard ask == nil || hasRoomForAsk else { return .overflow }
        // What still waits from before the connection goes first.
        let isDirect = isConnected && buffer.isEmpty
        if isDirect {
            register(ask, in: &sentAsks, now)
            return .send
        }
        guard buffer.append(.init(message: message, size: size, id: ask?.id)) else { return .overflow }
        register(ask, in: &unsentAsks, now)
        return .stored
    }

    /// Sends a packet behind all that were sent so before, and again until it is answered or was sent often enough.
    ///
    /// A packet whose connection goes is sent again on the next one; that counts, as in the reference.
    ///
    /// - Parameters:
    ///   - message: The encoded packet.
    ///   - size: Its bytes.
    ///   - retries: How often it may be sent again.
    ///   - ask: The acknowledgement that it asks for.
    ///   - now: The time.
    /// - Returns: What became of it.
    package mutating func emit(_ message: Message, size: Int, retries: Int, ask: Ask, now: Instant) -> EmitAction {
        guard !questions.isFull, size <= limits.queuedBytes - questionBytes, hasRoomForAsk else { return .overflow }
        questionBytes += size
        if let first = questions.enqueue(Question(message: message, size: size, ask: ask), retries: retries) {
            owe(first, now)
        }
        return .stored
    }

    // MARK: Helpers

    private var hasRoomForAsk: Bool {
        sentAsks.count + unsentAsks.count + questions.count < limits.acknowledgements
    }

    private func register(_ ask: Ask?, in table: inout AckTable<Waiting>, _ now: Instant) {
        guard let ask else { return }
        let deadline = ask.timeout.map { now + $0 }
        table.insert(.asker(ask.asker, id: ask.id, deadline: deadline), id: ask.id, deadline: deadline)
    }
}

extension ClientSocketMachine.Ask: Sendable where Asker: Sendable {}
