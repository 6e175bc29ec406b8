/// What a socket calls for an event.
struct EventHandler: Sendable {
    let listener: Listener
    /// Whether it is taken off when it is called.
    let isOnce: Bool
    let body: Body

    typealias Body = @Sendable (IncomingEvent) throws -> Void
}

// Each way to write a handler becomes one body; what adds handlers need not know which.
extension EventHandler {
    /// Calls the handler, and acknowledges without arguments.
    static func calling<each Argument: Decodable & Sendable>(
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> Body {
        { event in
            var reader = event.arguments
            try handler(repeat try reader.next((each Argument).self))
            try event.acknowledgement?()
        }
    }

    /// Calls the handler, and acknowledges with what it returns.
    static func answering<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> Body {
        { event in
            var reader = event.arguments
            let reply = try handler(repeat try reader.next((each Argument).self))
            try event.acknowledgement?(reply)
        }
    }

    /// Calls the handler, which acknowledges when it likes to.
    static func handing<each Argument: Decodable & Sendable>(
        _ handler: @escaping @Sendable (Acknowledgement?, repeat each Argument) throws -> Void
    ) -> Body {
        { event in
            var reader = event.arguments
            try handler(event.acknowledgement, repeat try reader.next((each Argument).self))
        }
    }

    /// Runs the handler as a task, and acknowledges without arguments.
    static func starting<each Argument: Decodable & Sendable>(
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Void
    ) -> Body {
        { event in
            var reader = event.arguments
            let arguments = (repeat try reader.next((each Argument).self))
            let acknowledgement = event.acknowledgement
            event.socket.run(event: event.name) {
                try await handler(repeat each arguments)
                try acknowledgement?()
            }
        }
    }

    /// Runs the handler as a task, and acknowledges with what it returns.
    static func startingAndAnswering<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Reply
    ) -> Body {
        { event in
            var reader = event.arguments
            let arguments = (repeat try reader.next((each Argument).self))
            let acknowledgement = event.acknowledgement
            event.socket.run(event: event.name) {
                let reply = try await handler(repeat each arguments)
                try acknowledgement?(reply)
            }
        }
    }
}
