extension Broadcasting {
    /// Sends an event with arguments that came from elsewhere, neither decoded nor encoded on the way.
    ///
    /// - Throws: ``ReservedEventName``; the arguments are JSON already.
    public func emit(_ event: String, arguments: Arguments) throws {
        let target = broadcast
        try target.namespace.broadcast(
            EventPacket(event, arguments: arguments, namespace: target.namespace.name), to: target.options)
    }
}
