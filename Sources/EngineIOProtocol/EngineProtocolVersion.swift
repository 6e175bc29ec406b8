/// A version of the Engine.IO protocol that is spoken here, by its number in the `EIO` query.
package enum EngineProtocolVersion: Int, Sendable, CaseIterable {
    /// The version of Socket.IO 2's clients, spoken where the server allows it.
    case v3 = 3
    case v4 = 4
}
