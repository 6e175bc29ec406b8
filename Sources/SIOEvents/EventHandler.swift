// Each way to write a handler becomes one body; what adds listeners need not know which. All of it is compiled where the
// handler is written, so that the arguments' types are known there.
@usableFromInline
enum EventHandler {
    /// Calls the handler, and acknowledges without arguments.
    @inlinable
    static func calling<each Argument: Decodable & Sendable>(
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> Listener.Body {
        { event in
            var reader = event.arguments
            try handler(repeat try reader.next((each Argument).self))
            try event.acknowledgement?()
        }
    }

    /// Calls the handler, and acknowledges with what it returns.
    @inlinable
    static func answering<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> Listener.Body {
        { event in
            var reader = event.arguments
            let reply = try handler(repeat try reader.next((each Argument).self))
            try event.acknowledgement?(reply)
        }
    }

    /// Calls the handler, which acknowledges when it likes to.
    @inlinable
    static func handing<each Argument: Decodable & Sendable>(
        _ handler: @escaping @Sendable (Acknowledgement?, repeat each Argument) throws -> Void
    ) -> Listener.Body {
        { event in
            var reader = event.arguments
            try handler(event.acknowledgement, repeat try reader.next((each Argument).self))
        }
    }

    /// Runs the handler as a task, and acknowledges without arguments.
    @inlinable
    static func starting<each Argument: Decodable & Sendable>(
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Void
    ) -> Listener.Body {
        { event in
            var reader = event.arguments
            let arguments = (repeat try reader.next((each Argument).self))
            let acknowledgement = event.acknowledgement
            event.run {
                try await handler(repeat each arguments)
                try acknowledgement?()
            }
        }
    }

    /// Runs the handler as a task, and acknowledges with what it returns.
    @inlinable
    static func startingAndAnswering<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ handler: @escaping @Sendable (repeat each Argument) async throws -> Reply
    ) -> Listener.Body {
        { event in
            var reader = event.arguments
            let arguments = (repeat try reader.next((each Argument).self))
            let acknowledgement = event.acknowledgement
            event.run {
                let reply = try await handler(repeat each arguments)
                try acknowledgement?(reply)
            }
        }
    }
}
